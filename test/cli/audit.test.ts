import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AuditReport } from "../../src/audit/report.ts";
import { audit } from "../../src/cli/audit.ts";
import { longSession } from "../fixtures/logs/claude-code.ts";
import { recordedTerminal } from "./terminal.ts";

/** A folder with these files, and a terminal that stands in it. */
function given(files: Readonly<Record<string, string>>) {
  const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-audit-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return recordedTerminal({ directory });
}

async function report(args: readonly string[], terminal: ReturnType<typeof given>): Promise<AuditReport> {
  await audit.run([...args, "--json"], terminal);
  return JSON.parse(terminal.printed.join("\n"));
}

const session = longSession(24).join("\n");
const short = longSession(2).join("\n");

describe("prompt-compiler audit", () => {
  it("says what a session was charged, what the cache missed, and what compiling would have saved", async () => {
    const terminal = given({ "a.jsonl": session });

    const code = await audit.run(["a.jsonl", "--max-input-tokens", "32000", "--figure", "a.svg"], terminal);

    const told = terminal.printed.join("\n");
    expect(code).toBe(0);
    expect(told).toContain("96 calls in 1 conversations, from 1 files (claude-code)");
    expect(told).toMatch(/cache write +[\d,]+ +\$\d\.\d\d +█/);
    expect(told).toMatch(
      /too late +1 .*a\.jsonl:\d+: 30 minutes after the call before, and the cache keeps 5/,
    );
    expect(told).toMatch(/as it was sent .* 100 % +█/);
    expect(told).toMatch(/compiled to 32,000 /);
    expect(readFileSync(join(terminal.directory, "a.svg"), "utf8")).toMatch(
      /^<svg .*compiled to 32,000: \d+ %.*<\/svg>\n$/s,
    );
  });

  it("finds that a long session is cheaper compiled, with nearly all of each prompt kept for the cache", async () => {
    const { compiled } = await report(
      ["a.jsonl", "--max-input-tokens", "32000"],
      given({ "a.jsonl": session }),
    );

    const [course] = compiled;
    expect(course?.costIndex).toBeLessThan(0.75);
    expect((course?.keptTokens ?? 0) / (course?.comparedTokens ?? 1)).toBeGreaterThan(0.95);
    expect(course?.saved.dollars).toBeGreaterThan(0);
  });

  it("adds up what the provider counted, to the token", async () => {
    const { paid, paidInAll } = await report(
      ["a.jsonl", "--max-input-tokens", "900000"],
      given({ "a.jsonl": short }),
    );
    const messages = short.split("\n").map((line) => JSON.parse(line).message);
    const usages = new Map(messages.filter(({ usage }) => usage).map(({ id, usage }) => [id, usage]));
    const sum = (name: string): number => [...usages.values()].reduce((all, usage) => all + usage[name], 0);

    expect(paid.map(({ kind, tokens }) => [kind, tokens])).toEqual([
      ["uncached", sum("input_tokens")],
      ["cache read", sum("cache_read_input_tokens")],
      ["cache write", sum("cache_creation_input_tokens")],
      ["output", sum("output_tokens")],
    ]);
    // Sonnet 4.5: 3, 0.30, 3.75 and 15 dollars for a million.
    const [uncached, read, written, output] = paid.map(({ tokens }) => tokens);
    expect(paidInAll.dollars).toBeCloseTo(
      (3 * (uncached ?? 0) + 0.3 * (read ?? 0) + 3.75 * (written ?? 0) + 15 * (output ?? 0)) / 1e6,
      8,
    );
  });

  it("draws the picture in the README from the session that the README names", async () => {
    const terminal = given({ "a.jsonl": longSession().join("\n") });

    await audit.run(["a.jsonl", "--figure", "a.svg"], terminal);

    const drawn = readFileSync(join(terminal.directory, "a.svg"), "utf8");
    expect(drawn).toBe(readFileSync(new URL("../../docs/audit.svg", import.meta.url), "utf8"));
  });

  it("says where compiling into a budget would have changed nothing", async () => {
    const terminal = given({ "a.jsonl": short });

    await audit.run(["a.jsonl", "--max-input-tokens", "900000"], terminal);

    expect(terminal.printed.at(-1)).toBe("Compiling into these budgets would have changed nothing.");
  });

  it("counts a call once that two files tell of, and reads all logs of a folder", async () => {
    const found = await report(
      ["logs", "--max-input-tokens", "900000"],
      given({ "logs/a.jsonl": short, "logs/b/c.jsonl": short, "logs/x.txt": "" }),
    );

    expect(found).toMatchObject({ calls: 8, repeatedCalls: 8 });
    expect(found.files).toHaveLength(2);
  });

  it("reads chats and calls of the AI SDK, and takes the sum of several calls for no prompt's length", async () => {
    const asked = { id: "1", role: "user", parts: [{ type: "text", text: "When does the ferry leave?" }] };
    const usage = { inputTokens: 50_000, outputTokens: 10, cachedInputTokens: 20_000 };
    const answered = (id: string) => ({
      id,
      role: "assistant",
      parts: [{ type: "text", text: "At 9:40." }],
      metadata: { usage, model: "gpt-5" },
    });
    const call = { model: "gpt-5", prompt: "When?", text: "At 9:40." };
    const lines = (records: readonly object[]) => records.map((record) => JSON.stringify(record)).join("\n");

    const chat = await report(
      ["a.jsonl"],
      given({ "a.jsonl": lines([asked, answered("2"), { ...asked, id: "3" }, answered("4")]) }),
    );
    const sum = await report(["a.jsonl"], given({ "a.jsonl": lines([{ ...call, totalUsage: usage }]) }));

    expect(chat).toMatchObject({ calls: 2, conversations: 1, files: [{ format: "ai-sdk", badLines: 0 }] });
    expect(chat.paid.map(({ tokens }) => tokens)).toEqual([60_000, 40_000, 0, 20]);
    expect(chat.missed.map(({ tokens }) => tokens)).toEqual([30_000]);
    expect(chat.asSent.tokens).toBeGreaterThan(90_000);
    expect(sum.paid.map(({ tokens }) => tokens)).toEqual([30_000, 20_000, 0, 10]);
    expect(sum.asSent.tokens).toBeLessThan(100);
  });

  it("names the lines that cannot be read, and reads the others", async () => {
    const terminal = given({ "a.jsonl": `{"broken\n${short}\n{"type":"user","uuid":"u","sessionId":"s"}\n` });

    const code = await audit.run(["a.jsonl"], terminal);

    expect(code).toBe(0);
    const last = short.split("\n").length + 2;
    expect(terminal.printed[1]).toMatch(
      new RegExp(
        `^not read: 2 lines of .*a\\.jsonl: 1 \\(not JSON\\), ${last} \\(a line of the user without a message\\)$`,
      ),
    );
  });

  it("says of which models it knows no price, and goes by the one that is given", async () => {
    const call = {
      request: { model: "mine-1", messages: [{ role: "user", content: "Hi" }] },
      response: {
        id: "1",
        model: "mine-1",
        choices: [],
        usage: { prompt_tokens: 1_000_000, completion_tokens: 0, total_tokens: 1_000_000 },
      },
    };
    const files = {
      "a.jsonl": JSON.stringify(call),
      "prices.json": '{"mine-*":{"inputPer1M":7,"outputPer1M":1}}',
    };

    expect(await report(["a.jsonl"], given(files))).toMatchObject({
      unpricedModels: ["mine-1"],
      paidInAll: { dollars: 0 },
    });
    expect(await report(["a.jsonl", "--prices", "prices.json"], given(files))).toMatchObject({
      unpricedModels: [],
      paidInAll: { dollars: 7 },
    });
  });

  it("exits with 1 where nothing is a log, and says so", async () => {
    const terminal = given({ "a.jsonl": '{"hello":1}\n' });

    expect(await audit.run(["a.jsonl"], terminal)).toBe(1);
    expect(terminal.printed[1]).toMatch(/^not read: .*a\.jsonl is of no known format$/);
  });

  const mistakes: readonly [readonly string[], string][] = [
    [[], "audit takes files or folders"],
    [["no-such.jsonl"], "no-such.jsonl"],
    [["a.jsonl", "--max-input-tokens", "0"], '--max-input-tokens must be a positive integer, got "0"'],
    [["a.jsonl", "--prices", "a.jsonl"], "is not valid JSON"],
    [["a.jsonl", "--prices", "prices.json"], "mine.inputPer1M"],
    [["a.jsonl", "--figrue", "x"], "did you mean --figure?"],
  ];

  it.each(mistakes)("refuses %j as the user's mistake", async (args, message) => {
    const terminal = given({
      "a.jsonl": `${short}\n`,
      "prices.json": '{"mine":{"inputPer1M":"7","outputPer1M":1}}',
    });

    await expect(audit.run(args, terminal)).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringContaining(message),
    });
  });
});
