import { describe, expect, it } from "vitest";
import { writeLedger } from "../../../src/core/blocks/ledger.ts";
import type { Tokenizer } from "../../../src/tokenizer.ts";
import type { WireMessage } from "../../../src/wires/wire.ts";

/** Counts words. */
const tokenizer: Tokenizer = { name: "words", count: (text) => text.split(/\s+/).filter(Boolean).length };

const message = (role: WireMessage["role"], text: string, more: Partial<WireMessage> = {}): WireMessage => ({
  role,
  text,
  toolCalls: [],
  toolResultsFor: [],
  mediaParts: 0,
  ...more,
});

const looked = [
  message("user", "My user ID is mia_kim_4397."),
  message("assistant", "", {
    toolCalls: [{ id: "c1", name: "get_reservation", input: '{"id": "H9ZU1C"}' }],
  }),
  message("tool", '{"id": "H9ZU1C", "flight": "HAT192", "seats": 12}', { toolResultsFor: ["c1"] }),
  message("assistant", "You fly with HAT192, in 12 seats."),
];

const write = (messages: readonly WireMessage[], maxTokens: number, told = "") =>
  writeLedger(messages, { maxTokens, told, tokenizer });

describe("writeLedger", () => {
  it("tells what was wanted, what was done and what came of it, in order", () => {
    expect(write(looked, 100)).toEqual([
      "user: My user ID is mia_kim_4397.",
      "called get_reservation id H9ZU1C",
      "tool: flight HAT192; seats 12",
    ]);
  });

  it("stays within its allowance", () => {
    for (let maxTokens = 0; maxTokens <= 60; maxTokens++) {
      const tokens = write(looked, maxTokens).reduce((sum, line) => sum + tokenizer.count(line) + 1, 0);
      expect(tokens).toBeLessThanOrEqual(maxTokens);
    }
  });

  it("keeps what names one thing before what is one of many", () => {
    const seats = message("tool", '{"flight": "HAT192", "seats": 12}');

    expect(write([seats, seats], 6)).toEqual(["tool: flight HAT192"]);
  });

  it("keeps the latest words where not all fit", () => {
    const turns = ["first wish", "second wish", "third wish"].map((text) => message("user", text));

    expect(write(turns, 14)).toEqual(["user: third wish"]);
  });

  it("quotes of a long turn the sentences that name something, with the first and the last", () => {
    const chatter = "That is what I thought about all of it. ".repeat(12);

    const [line] = write([message("user", `Hello. ${chatter}It was H9ZU1C. ${chatter}Goodbye.`)], 1000);

    expect(line).toBe("user: Hello. It was H9ZU1C. Goodbye.");
  });

  it("does not tell again what the blocks before it say", () => {
    expect(write(looked.slice(2), 100, "flight HAT192")).toEqual(["tool: id H9ZU1C; seats 12"]);
  });

  it("says nothing of instructions", () => {
    expect(write([message("system", "Order A1 is secret.")], 100)).toEqual([]);
  });
});
