import { describe, expect, it } from "vitest";
import { conversationOf } from "../../../src/core/blocks/conversation.ts";
import type { FrozenBlock } from "../../../src/core/blocks/decision.ts";
import { createDecisionStore } from "../../../src/core/blocks/decision-store.ts";
import { memory } from "../../../src/storage/memory.ts";
import { FakeClock } from "../../fake-clock.ts";
import { sharing } from "../engine-parts.ts";

const caller = sharing("planner");
const conversation = conversationOf(caller, []);

const block = (text: string, to = 4): FrozenBlock => ({
  kind: "block",
  from: 0,
  to,
  at: 6,
  prefix: `p${to}`,
  text,
  handle: "pc:0",
});

function emptyStore() {
  const clock = new FakeClock();
  const storage = memory({ clock });
  return { clock, storage, decisions: createDecisionStore(storage, 1000) };
}

describe("the decision store", () => {
  it("lets whoever is first decide about the same messages", async () => {
    const { decisions } = emptyStore();

    const [mine, theirs] = await Promise.all([
      decisions.add(caller, conversation, [block("mine")]),
      decisions.add(caller, conversation, [block("theirs")]),
    ]);

    expect(mine).toEqual(theirs);
    expect(await decisions.get(caller, conversation)).toEqual(mine);
  });

  it("loses nothing of what many add at once", async () => {
    const { decisions } = emptyStore();

    await Promise.all([1, 2, 3, 4, 5].map((to) => decisions.add(caller, conversation, [block("", to)])));

    const ends = (await decisions.get(caller, conversation)).map((each) => each.prefix);
    expect(ends.toSorted()).toEqual(["p1", "p2", "p3", "p4", "p5"]);
  });

  it("keeps conversations, agents and tenants apart", async () => {
    const { decisions } = emptyStore();
    await decisions.add(caller, conversation, [block("mine")]);

    for (const other of [sharing("scout"), sharing("planner", { tenant: "other" })]) {
      expect(await decisions.get(other, conversation)).toEqual([]);
    }
  });

  it("forgets a conversation that had no decision for so long", async () => {
    const { decisions, clock } = emptyStore();
    await decisions.add(caller, conversation, [block("mine")]);

    await clock.advance(1001);

    expect(await decisions.get(caller, conversation)).toEqual([]);
  });
});
