import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { twoAgentsPage } from "./page.ts";
import { doTask, QUESTIONS, SYSTEM } from "./task.ts";

describe("a task of two agents through the gateway", () => {
  it("gives one agent what the other was told, as data before its question, and nothing where it does not share", async () => {
    const [told, shared, alone] = await doTask();

    const fact = "when you drop it, it won't break. Like some kind of rubber on it.";
    expect(told?.received.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(told?.received[1]?.content).toContain(fact);
    const [system, block, question, ...more] = shared?.received ?? [];
    expect([system?.content, question?.content, more]).toEqual([SYSTEM.designer, QUESTIONS.designer, []]);
    expect(block?.role).toBe("user");
    expect(block?.content).toContain(fact);
    expect(block?.content).toContain("secretary");
    expect(block?.content.length).toBeLessThan((told?.received[1]?.content.length ?? 0) / 2);
    expect(shared?.answer).toMatch(/dropped it|drop it/);
    expect(alone?.received.map(({ content }) => content)).toEqual([SYSTEM.designer, QUESTIONS.designer]);
    expect(alone?.answer).toMatch(/^No sentence/);
  });

  it("is printed in docs/two-agents.md as it is done", async () => {
    const page = await twoAgentsPage();

    expect(readFileSync("docs/two-agents.md", "utf8")).toBe(page);
  });
});
