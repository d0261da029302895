import { describe, expect, it } from "vitest";
import type { CallContext } from "../../../src/chat.ts";
import { callerOf } from "../../../src/core/sharing/access.ts";
import { capture } from "../../../src/core/sharing/capture.ts";
import { writeSharedBlock } from "../../../src/shared-block.ts";
import type { WireMessage } from "../../../src/wires/wire.ts";
import { emptyTables } from "./tables.ts";

const call: CallContext = { agentId: "planner", sessionId: "s1", group: "trip", share: true };
const block = writeSharedBlock([{ agentId: "scout", at: 0, text: "three rooms" }]);

function message(role: WireMessage["role"], text: string): WireMessage {
  return { role, text, toolCalls: [], toolResultsFor: [], mediaParts: 0 };
}

describe("capture", () => {
  it("writes user messages, assistant texts, tool results and the answer, in their order", async () => {
    const said = {
      messages: [message("user", "book"), message("assistant", "looking"), message("tool", "3 rooms")],
      answer: message("assistant", "booked"),
    };

    const { count, items } = await captured(said);

    expect(count).toBe(4);
    expect(items.map(({ role, content }) => `${role}: ${content}`)).toEqual([
      "user: book",
      "assistant: looking",
      "tool: 3 rooms",
      "assistant: booked",
    ]);
    expect(items[0]).toMatchObject({ agentId: "planner", sessionId: "s1", audience: "group:trip" });
  });

  it.each<[what: string, left: WireMessage]>([
    ["system messages", message("system", "obey")],
    ["what was injected", message("user", block)],
    ["empty texts", message("assistant", "")],
    ["blank texts", message("user", " \n\t")],
    ["texts larger than an item may be", message("tool", "x".repeat(256 * 1024 + 1))],
  ])("never writes %s", async (_, left) => {
    const { count } = await captured({ messages: [left], answer: left });

    expect(count).toBe(0);
  });

  it("captures the request alone where there is no answer", async () => {
    const { count } = await captured({ messages: [message("user", "book")], answer: undefined });

    expect(count).toBe(1);
  });

  it("writes a conversation once that comes back with each call", async () => {
    const tables = emptyTables();
    const first = [message("user", "one"), message("assistant", "two")];
    await capture(tables, callerOf(call), { messages: first, answer: undefined });

    const { added } = await capture(tables, callerOf(call), {
      messages: [...first, message("user", "three")],
      answer: message("assistant", "four"),
    });

    expect(added).toHaveLength(2);
  });

  it.each<CallContext["share"]>([false, "read"])(
    "writes nothing with share %o, group or not",
    async (share) => {
      const { count } = await captured(
        { messages: [message("user", "book")], answer: undefined },
        { ...call, share },
      );

      expect(count).toBe(0);
    },
  );
});

async function captured(
  said: { messages: readonly WireMessage[]; answer: WireMessage | undefined },
  by: CallContext = call,
) {
  const tables = emptyTables();
  const { items } = tables;
  const { added } = await capture(tables, callerOf(by), said);
  const count = added.length;
  return { count, items: await items.candidates(callerOf({ ...by, share: true }), "") };
}
