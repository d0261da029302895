import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);

describe("examples/two-agents.ts, which is npm run demo", () => {
  it("shows a fact told to one agent in the answer to another, absent with sharing off and to other tenants", async () => {
    const { stdout } = await run(process.execPath, ["--import", "tsx", "examples/two-agents.ts"]);

    const [, told, shared, unshared, stranger, budget] = stdout.split(/\n(?=\S)/).map((part) => part.trim());
    const fact = "wants a deposit of 400 euros by 2 May";
    expect(told).toMatch(/shared +by researcher, user: Calls of this week/);
    expect(shared).toMatch(/injected +ctx_[0-9a-f]{32}/);
    expect(shared).toMatch(/answer +.*400 euros by 2 May/);
    expect(shared).toContain(fact);
    expect(unshared).toMatch(/answer +No sentence/);
    expect(unshared).not.toContain("400");
    expect(stranger).toMatch(/injected +nothing\n +answer +No sentence/);
    const [, before, after] = /tokens +(\d+) before, (\d+) after/.exec(budget ?? "") ?? [];
    expect(Number(after)).toBeLessThanOrEqual(300);
    expect(1 - Number(after) / Number(before)).toBeGreaterThan(0.7);
    expect(budget).toMatch(/kept +the answer of day 17: kept/);
  });
});

describe("examples/faults.ts", () => {
  it("shows a failover before the first word, and an error in place of a second answer behind it", async () => {
    const { stdout } = await run(process.execPath, ["--import", "tsx", "examples/faults.ts"]);

    expect(stdout.split("\n").slice(0, 3)).toEqual([
      "first rate-limited",
      "second fine",
      "answer of the second",
    ]);
    expect(stdout).toMatch(/"answer " and then: .* ended its stream in the middle of the answer/);
  });
});

describe("examples/record-and-replay.ts", () => {
  it("gives the recorded words again without the upstream", async () => {
    const { stdout } = await run(process.execPath, ["--import", "tsx", "examples/record-and-replay.ts"]);

    expect(stdout).toBe("recorded: The one at 9:40.\nreplayed: The one at 9:40.\n");
  });
});

describe("examples/batch.ts", () => {
  it("gives every line's answer, in the order of the file", async () => {
    const { stdout } = await run(process.execPath, ["--import", "tsx", "examples/batch.ts"]);

    const lines = stdout.trim().split("\n");
    expect(lines.map((line) => line.split(" ", 2).join(" "))).toEqual([
      "question-1 200",
      "question-2 200",
      "question-3 200",
    ]);
    expect(lines[0]).toContain("9:40");
    expect(lines[2]).toContain("400 euros");
  });
});
