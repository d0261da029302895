import type { Terminal } from "../../src/cli/command.ts";

/** A terminal that remembers what was printed. */
export interface RecordedTerminal extends Terminal {
  readonly printed: readonly string[];
  readonly warned: readonly string[];
  /** What was shown of progress. */
  readonly shown: readonly string[];
}

export function recordedTerminal(
  given: Partial<Pick<Terminal, "env" | "directory">> & { input?: string } = {},
): RecordedTerminal {
  const printed: string[] = [];
  const warned: string[] = [];
  const shown: string[] = [];
  return {
    version: "1.2.3",
    env: given.env ?? {},
    directory: given.directory ?? import.meta.dirname,
    printed,
    warned,
    shown,
    print: (line) => void printed.push(line),
    warn: (line) => void warned.push(line),
    showProgress: (text) => void shown.push(text),
    readLines: async function* () {
      yield* (given.input ?? "").split("\n");
    },
    readInput: async () => given.input ?? "",
    untilAskedToEnd: async () => undefined,
    onAskedToReload: () => undefined,
  };
}
