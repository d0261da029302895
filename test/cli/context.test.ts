import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { progressOf } from "../../src/cli/context/progress.ts";
import { run } from "../../src/cli/run.ts";
import { recordedTerminal } from "./terminal.ts";

/** A data directory of its own, and what runs commands on it. */
function given() {
  const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-context-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const env = { PC_DATA_DIR: join(directory, "data") };
  return {
    directory,
    async context(args: readonly string[], input?: string) {
      const terminal = recordedTerminal({ env, directory, ...(input !== undefined && { input }) });
      const code = await run(["context", ...args], terminal);
      return { code, ...terminal };
    },
  };
}

const line = (content: string, agentId = "planner"): string =>
  JSON.stringify({ agentId, audience: "agent", role: "note", content, createdAt: 1_700_000_000_000 });

const LINES = [
  line("The hotel wants 400 euros."),
  line("The ferry leaves at nine."),
  line("Scouted.", "scout"),
];

describe("prompt-compiler context", () => {
  it("imports lines of a file and says how many were new, with a bar where somebody watches", async () => {
    const { context, directory } = given();
    writeFileSync(join(directory, "context.jsonl"), LINES.join("\n"));

    const first = await context(["import", "context.jsonl"]);
    const again = await context(["import", "context.jsonl"]);

    expect(first.printed).toEqual(["3 entries are new, 0 were there already"]);
    expect(again.printed).toEqual(["0 entries are new, 3 were there already"]);
    expect(first.shown.at(-2)).toBe("imported [########################] 100 % 3 items");
    expect(first.shown.at(-1)).toBe("");
  });

  it("exports what it imported, to be imported again", async () => {
    const { context } = given();
    await context(["import", "-"], LINES.join("\n"));

    const { printed } = await context(["export"]);

    expect(printed.map((each) => JSON.parse(each).content)).toEqual([
      "The hotel wants 400 euros.",
      "The ferry leaves at nine.",
      "Scouted.",
    ]);
    const other = given();
    expect((await other.context(["import", "-"], printed.join("\n"))).printed[0]).toContain(
      "3 entries are new",
    );
  });

  it("searches and lists as an agent", async () => {
    const { context } = given();
    await context(["import", "-"], LINES.join("\n"));

    const hits = await context(["search", "when does the ferry leave", "--agent", "planner", "--json"]);
    const listed = await context(["list", "--agent", "planner", "--limit", "1"]);

    expect(JSON.parse(hits.printed[0] ?? "").content).toBe("The ferry leaves at nine.");
    expect(listed.printed).toHaveLength(2);
    expect(listed.printed[1]).toMatch(/^ctx_\w{32} {2}planner {2}2023-11-14 {2}The ferry leaves at nine\.$/);
  });

  it("forgets an entry, an agent's, and all", async () => {
    const { context } = given();
    await context(["import", "-"], LINES.join("\n"));
    const [first = ""] = (await context(["export"])).printed;

    const one = await context(["forget", JSON.parse(first).id]);
    const scouts = await context(["forget", "--agent", "scout"]);
    const left = await context(["export"]);
    const all = await context(["forget", "--all"]);

    expect(one.printed[0]).toBe("1  items");
    expect(scouts.printed[0]).toBe("1  items");
    expect(left.printed).toHaveLength(1);
    expect(all.printed[0]).toBe("1  items");
    expect((await context(["export"])).printed).toEqual([]);
  });

  it.each([
    [["exprt"], 'context does not know "exprt", did you mean export?'],
    [["list"], "an agent reads: say which with --agent"],
    [["search", "--agent", "planner"], "this needs a question"],
    [["forget"], "forget takes an id, --agent, or --all: one of them"],
    [["forget", "ctx_1", "--all"], "forget takes an id, --agent, or --all: one of them"],
    [["import", "nowhere.jsonl"], "cannot read"],
    [["import", "-"], "line 1: is not a JSON object"],
    [["list", "--agent", "a", "--url", "http://127.0.0.1:1"], "no server answers at http://127.0.0.1:1"],
  ])("says what is wrong with %j", async (args, message) => {
    const { context } = given();

    await expect(context(args, "nonsense")).rejects.toThrow(message);
  });
});

describe("progressOf", () => {
  it("shows a bar where it is known how much there is, and a number where not", () => {
    const terminal = recordedTerminal();

    progressOf(terminal, "imported", () => 0.25).onProgress(12_345);
    progressOf(terminal, "exported").onProgress(7);

    expect(terminal.shown).toEqual([
      "imported [######------------------]  25 % 12,345 items",
      "exported 7 items",
    ]);
  });
});
