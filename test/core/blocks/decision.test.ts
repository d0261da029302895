import { describe, expect, it } from "vitest";
import { decidedFor, type FrozenBlock, type FrozenSelection } from "../../../src/core/blocks/decision.ts";

const block = (from: number, to: number, at: number): FrozenBlock => ({
  kind: "block",
  from,
  to,
  at,
  prefix: `p${to}`,
  text: `${from}-${to}`,
  handle: "pc:0",
});

const selection = (at: number): FrozenSelection => ({ kind: "selection", at, prefix: `p${at}`, cut: [1] });

/** A request of so many messages; with an edit, all that comes after a message is another. */
const request = (length: number, editedAt = length) => ({
  hashes: Array.from({ length }, () => ""),
  prefixAt: (count: number) => (count > editedAt ? "another" : `p${count}`),
});

describe("decidedFor", () => {
  it("follows blocks from the beginning, each from the end of the one before", () => {
    const decided = decidedFor([block(4, 9, 12), block(0, 4, 6), block(11, 14, 20)], request(20));

    expect(decided.blocks.map(({ text }) => text)).toEqual(["0-4", "4-9"]);
  });

  it("takes the merged block for those that went into it, from the call on for which it was made", () => {
    const decisions = [block(0, 4, 6), block(4, 9, 12), block(0, 9, 15)];

    expect(decidedFor(decisions, request(15)).blocks.map(({ text }) => text)).toEqual(["0-9"]);
    expect(decidedFor(decisions, request(14)).blocks.map(({ text }) => text)).toEqual(["0-4", "4-9"]);
  });

  it("passes over what was decided for other messages, as after an edit", () => {
    const edited = request(20, 7);

    expect(decidedFor([block(0, 4, 6), block(4, 9, 12)], edited).blocks.map(({ text }) => text)).toEqual([
      "0-4",
    ]);
  });

  it("holds a selection for the requests that go on from it, not for the same one", () => {
    expect(decidedFor([selection(6)], request(8)).selection).toEqual(selection(6));
    expect(decidedFor([selection(6)], request(6)).selection).toBeUndefined();
  });
});
