import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type AuditOptions, audit as auditFiles } from "../audit/audit.ts";
import { toSvg } from "../audit/figure.ts";
import { NO_STORAGE } from "../audit/no-storage.ts";
import { LIST_PRICES, type PriceList } from "../audit/prices.ts";
import type { AuditReport } from "../audit/report.ts";
import { parsePositiveInteger } from "../config/number-text.ts";
import { parsePriceList } from "../config/price-list.ts";
import { createPromptCompiler } from "../prompt-compiler.ts";
import { parseArguments } from "./arguments.ts";
import { describeAudit } from "./audit-text.ts";
import { type Command, orUsageError, type Terminal, UsageError } from "./command.ts";

/** Without `--max-input-tokens`. */
const BUDGETS: readonly number[] = [16_000, 32_000, 64_000, 128_000];

/** Files from this size on say how far they are read. */
const LARGE = 8 * 1024 * 1024;

/** What logs of calls say of their cost. */
export const audit: Command = {
  name: "audit",
  summary: "say what logged calls cost, and what compiling would save of it",
  help: `Usage: prompt-compiler audit <files...> [options]

Reads logs of calls that were made, and says what was paid, what the provider's prompt
cache missed and why, and what compiling would have saved or cost, net of cache effects.
It needs no key and sends nothing.

  <files...>                   logs; of a folder, all .jsonl and .json files in it:
                               sessions of Claude Code (~/.claude/projects) and Codex
                               (~/.codex/sessions); messages, or requests with responses,
                               in OpenAI's or Anthropic's words, one a line or as JSON;
                               chats of Vercel's AI SDK, and what its onStepFinish and
                               onFinish are told, each with the messages that were sent
  --max-input-tokens <tokens>  a budget to compile into; may be given several times
                               (default ${BUDGETS.join(" ")})
  --prices <file>              US dollars for a million tokens, as JSON, before the list
                               prices of Anthropic and OpenAI: {"my-*":
                               {"inputPer1M": 2, "cachedInputPer1M": 1, "outputPer1M": 8}}
  --figure <file.svg>          draw what the input costs, as it was sent and compiled
  --json                       print the report as JSON

Exits with 1 if there is no call in the files.

Try it:
  prompt-compiler audit ~/.claude/projects/*/*.jsonl`,

  async run(args, terminal) {
    const { positionals, json, figure, prices, budgets } = await orUsageError(() => parse(args));
    if (positionals.length === 0)
      throw new UsageError("audit takes files or folders; see prompt-compiler audit --help");
    const list = prices === undefined ? LIST_PRICES : await readPrices(resolve(terminal.directory, prices));
    const files = (
      await Promise.all(positionals.map((path) => find(resolve(terminal.directory, path))))
    ).flat();
    const compiler = createPromptCompiler({ storage: NO_STORAGE });
    try {
      const report = await auditFiles(files, {
        compiler,
        budgets,
        prices: list,
        onProgress: tellProgress(terminal),
      });
      if (figure !== undefined) await write(resolve(terminal.directory, figure), toSvg(report));
      const lines = json ? [JSON.stringify(report, null, 2)] : describeAudit(report);
      for (const line of lines) terminal.print(line);
      return hasCalls(report) ? 0 : 1;
    } finally {
      await compiler.close();
    }
  },
};

function parse(args: readonly string[]) {
  const { positionals, values } = parseArguments("audit", {
    args: [...args],
    allowPositionals: true,
    options: {
      "max-input-tokens": { type: "string", multiple: true },
      prices: { type: "string" },
      figure: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const asked = values["max-input-tokens"]?.map(
    (text) => parsePositiveInteger("--max-input-tokens", text) ?? 0,
  );
  return {
    positionals,
    json: values.json,
    figure: values.figure,
    prices: values.prices,
    budgets: [...new Set(asked ?? BUDGETS)],
  };
}

/** The logs that a path stands for: itself, or those in a folder, in order. */
async function find(path: string): Promise<readonly string[]> {
  const { isFolder } = await orCannot("read", path, async () => ({
    isFolder: (await stat(path)).isDirectory(),
  }));
  if (!isFolder) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter((name) => /\.jsonl?$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

async function readPrices(path: string): Promise<PriceList> {
  const text = await orCannot("read", path, () => readFile(path, "utf8"));
  return orUsageError(() => ({ ...parsePriceList(text, path), ...LIST_PRICES }));
}

async function write(path: string, text: string): Promise<void> {
  await orCannot("write", path, () => writeFile(path, text));
}

async function orCannot<T>(verb: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new UsageError(`cannot ${verb} ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** A line for each tenth of a large file. */
function tellProgress({ warn }: Pick<Terminal, "warn">): AuditOptions["onProgress"] {
  let told = "";
  return (path, read, size) => {
    if (size < LARGE) return;
    const line = `${path}: ${10 * Math.floor((10 * read) / size)} %`;
    if (line !== told) warn(line);
    told = line;
  };
}

function hasCalls({ calls, repeatedCalls }: AuditReport): boolean {
  return calls + repeatedCalls > 0;
}
