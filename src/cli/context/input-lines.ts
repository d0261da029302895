import { createReadStream, statSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { type Terminal, UsageError } from "../command.ts";

/** The lines of a file or of standard input, and how much of them is read. */
export function linesOf(
  file: string,
  { directory, readLines }: Pick<Terminal, "directory" | "readLines">,
): {
  readonly lines: AsyncIterable<string>;
  /** From 0 to 1; `undefined`: nobody knows how much there is. */
  readonly share: (() => number) | undefined;
} {
  if (file === "-") return { lines: readLines(), share: undefined };
  const path = resolve(directory, file);
  const size = sizeOf(path);
  const input = createReadStream(path);
  const share = (): number => (size === 0 ? 1 : Math.min(1, input.bytesRead / size));
  return { lines: createInterface({ input }), share };
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
