import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "../../../src/core/passes/parse.ts";
import { writeSharedBlock } from "../../../src/shared-block.ts";
import type { Tokenizer } from "../../../src/tokenizer.ts";
import { codecFor } from "../../../src/wires/index.ts";
import { assistant, calling, chatRequest, conversations, result, system, user } from "../conversations.ts";

const letters: Tokenizer = { name: "letters", count: (text) => text.length };

const segmentsOf = (...messages: readonly object[]) =>
  parse(codecFor("chat").messages(chatRequest(messages).body), letters);

/** Ids, with a mark on what is pinned. */
const shapeOf = (...messages: readonly object[]) =>
  segmentsOf(...messages).map(({ id, pinned }) => (pinned === undefined ? id : `${id} pinned`));

describe("parse", () => {
  it("pins the system messages and the latest user message", () => {
    expect(shapeOf(system("s"), user("u"), assistant("a"), user("v"))).toEqual([
      "m0 pinned",
      "m1",
      "m2",
      "m3 pinned",
    ]);
  });

  it("pins a developer message wherever it stands", () => {
    const developer = { role: "developer", content: "d" };

    expect(shapeOf(user("u"), developer, assistant("a"), user("v"))).toEqual([
      "m0",
      "m1 pinned",
      "m2",
      "m3 pinned",
    ]);
  });

  it("pins the tool loop that answers the latest user message", () => {
    const messages = [assistant("a"), user("v"), calling("x"), result("x"), calling("y"), result("y")];

    expect(shapeOf(...messages)).toEqual(["m0", "m1 pinned", "m2-3 pinned", "m4-5 pinned"]);
  });

  it.each([
    ["with its result", [calling("x"), result("x")], ["m0-1"]],
    ["with all results of parallel calls", [calling("x", "y"), result("y"), result("x")], ["m0-2"]],
    ["with what stands between", [calling("x", "y"), result("x"), assistant("hm"), result("y")], ["m0-3"]],
    [
      "with the result behind it, where another turn has the same id",
      [calling("x"), result("x"), assistant("a"), calling("x"), result("x")],
      ["m0-1", "m2", "m3-4"],
    ],
    ["with the call that overlaps it", [calling("x"), calling("y"), result("x"), result("y")], ["m0-3"]],
  ])("keeps a tool call together %s", (_name, messages, expected) => {
    expect(shapeOf(...messages, user("v")).slice(0, -1)).toEqual(expected);
  });

  it("pins a call without its result, and what comes after it", () => {
    expect(shapeOf(user("u"), calling("x"), assistant("a"), assistant("b"), user("v"))).toEqual([
      "m0",
      "m1 pinned",
      "m2 pinned",
      "m3",
      "m4 pinned",
    ]);
  });

  it("pins a result without its call, and what comes before it", () => {
    expect(shapeOf(user("u"), assistant("a"), result("x"), user("v"))).toEqual([
      "m0",
      "m1 pinned",
      "m2 pinned",
      "m3 pinned",
    ]);
  });

  it("pins an exchange of which one result is missing", () => {
    expect(shapeOf(assistant("a"), calling("x", "y"), result("x"), user("u"), user("v"))).toEqual([
      "m0",
      "m1-2 pinned",
      "m3",
      "m4 pinned",
    ]);
  });

  it("pins the last message where there is no user", () => {
    expect(shapeOf(assistant("a"), assistant("b"))).toEqual(["m0", "m1 pinned"]);
  });

  it("does not take a block of ours that a client sent back for the user's turn", () => {
    const block = writeSharedBlock([{ agentId: "scout", at: 0, text: "t" }]);

    const segments = segmentsOf(user("u"), user("v"), user(block));

    expect(segments.map(({ role, pinned }) => [role, pinned])).toEqual([
      ["user", undefined],
      ["user", "running turn"],
      ["shared", "running turn"],
    ]);
  });

  it("counts the overhead of each message, tool calls by their text, and an estimate for what is not text", () => {
    const image = { type: "image_url", image_url: { url: "data:," } };
    const [plain, exchange, picture] = segmentsOf(assistant("four"), calling("x"), result("x", "four"), {
      role: "user",
      content: [{ type: "text", text: "four" }, image],
    });

    expect(plain?.tokens).toBe(4 + 4);
    expect(exchange?.tokens).toBe(4 + "look_up".length + '{"of":"x"}'.length + 4 + 4);
    expect(picture?.tokens).toBe(4 + 4 + 765);
  });

  it("puts every message into one segment, in order", () => {
    fc.assert(
      fc.property(conversations, (messages) => {
        const indexes = segmentsOf(...messages).flatMap((segment) => segment.messages);

        expect(indexes).toEqual(messages.map((_, index) => index));
      }),
    );
  });
});
