import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ChatRequest } from "../chat.ts";
import { parsePositiveInteger } from "../config/number-text.ts";
import type { CompileReport } from "../core/report.ts";
import { isPromptCompilerError } from "../errors.ts";
import { createPromptCompiler, type DryRun } from "../prompt-compiler.ts";
import { memory } from "../storage/memory.ts";
import { parseArguments } from "./arguments.ts";
import { type Command, orUsageError, UsageError } from "./command.ts";
import { toTable } from "./table.ts";

/** A dry run over a file. */
export const compile: Command = {
  name: "compile",
  summary: "fit a conversation into a token budget, and say what was cut and why",
  help: `Usage: prompt-compiler compile <file> [--max-input-tokens <tokens>] [--json]

Compiles a conversation as a call would, sends nothing, and prints the report: what was
kept, what was cut, and why. It reads no shared context and keeps nothing.

  <file>                       a chat request ({"messages": [...]}) or its messages
                               alone ([...]), as JSON; - is standard input
  --max-input-tokens <tokens>  the budget; without it everything is kept
  --json                       print the compiled request and the report as JSON

Try it:
  prompt-compiler compile conversation.json --max-input-tokens 2000`,

  async run(args, terminal) {
    const { positionals, json, maxInputTokens } = await orUsageError(() => parse(args));
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0)
      throw new UsageError("compile takes one file, or - for standard input");
    const text = file === "-" ? await terminal.readInput() : await read(resolve(terminal.directory, file));
    const result = await dryRun(toRequest(text, file), maxInputTokens);
    const lines = json ? [JSON.stringify(result, null, 2)] : reportLines(result.report);
    for (const line of lines) terminal.print(line);
    return 0;
  },
};

function parse(args: readonly string[]) {
  const { positionals, values } = parseArguments("compile", {
    args: [...args],
    allowPositionals: true,
    options: { "max-input-tokens": { type: "string" }, json: { type: "boolean" } },
  });
  const maxInputTokens = parsePositiveInteger("--max-input-tokens", values["max-input-tokens"]);
  return { positionals, json: values.json, maxInputTokens };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

function toRequest(text: string, file: string): ChatRequest {
  let content: unknown;
  try {
    // Windows tools begin a file with a byte order mark.
    content = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new UsageError(`${file === "-" ? "standard input" : file} is not valid JSON`);
  }
  // What is in it, the compiler checks: it names the field that is wrong.
  return Array.isArray(content) ? { messages: content } : (content as ChatRequest);
}

async function dryRun(request: ChatRequest, maxInputTokens: number | undefined): Promise<DryRun> {
  const compiler = createPromptCompiler({ storage: memory() });
  try {
    return await compiler.compile(request, { maxInputTokens });
  } catch (error) {
    if (isPromptCompilerError(error)) throw new UsageError(error.message, { cause: error });
    throw error;
  } finally {
    await compiler.close();
  }
}

function reportLines({
  tokensBefore,
  tokensAfter,
  maxInputTokens,
  tokenizer,
  segments,
}: CompileReport): readonly string[] {
  const rows = segments.map(
    ({ id, role, action, tokensBefore: before, tokensAfter: after, score, reason }) => [
      id,
      role,
      action,
      before === after ? String(before) : `${before} -> ${after}`,
      score === undefined ? "" : score.toFixed(3),
      reason,
    ],
  );
  return [
    `${tokensBefore} tokens before, ${tokensAfter} after; budget ${maxInputTokens ?? "none"}; counted as ${tokenizer}`,
    "",
    ...toTable([["segment", "role", "action", "tokens", "score", "reason"], ...rows]),
  ];
}
