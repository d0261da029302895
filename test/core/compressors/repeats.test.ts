import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RepeatIndex, type ResultPlace } from "../../../src/core/compressors/repeats.ts";

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line number ${from + index} of the file`);

const first = { position: 0, tool: undefined };

function after(text: string, place: ResultPlace = first): RepeatIndex {
  const index = new RepeatIndex();
  index.add(place, text, text);
  return index;
}

describe("RepeatIndex", () => {
  it("says of a result that was given before that it is the same", () => {
    const text = lines(1, 3).join("\n");

    expect(after(text).refer(text, 1)).toEqual({
      text: "[the same as 1 tool result before]",
      elided: [{ from: 1, to: 3, unit: "lines" }],
    });
  });

  it("says of lines that were given before where they stand", () => {
    const seen = ["head", ...lines(1, 40)].join("\n");
    const text = ["other head", ...lines(11, 30), "tail"].join("\n");

    expect(after(seen, { position: 4, tool: "view" }).refer(text, 7)).toEqual({
      text: "other head\n[20 lines as 3 tool results before (view), lines 12–31]\ntail",
      elided: [{ from: 2, to: 21, unit: "lines" }],
    });
  });

  it("points to what stands in the request, not to what it was made of", () => {
    const index = new RepeatIndex();
    index.add(first, lines(1, 40).join("\n"), "[compressed]");

    expect(index.refer(["new", ...lines(1, 39)].join("\n"), 1)).toBeUndefined();
    expect(index.refer(lines(1, 40).join("\n"), 1)?.text).toBe("[the same as 1 tool result before]");
  });

  it("leaves five lines alone, and a text that is as short as the reference", () => {
    expect(after(lines(1, 40).join("\n")).refer(["x", ...lines(1, 5), "y"].join("\n"), 1)).toBeUndefined();
    expect(after("ok").refer("ok", 1)).toBeUndefined();
    expect(after("\n".repeat(20)).refer(`x${"\n".repeat(15)}`, 1)).toBeUndefined();
  });

  it("says nothing false: what it refers to stands there", () => {
    const line = fc.constantFrom("alpha alpha alpha", "beta beta beta", "gamma gamma", "", "delta");
    const text = fc.array(line, { maxLength: 60 }).map((all) => all.join("\n"));

    fc.assert(
      fc.property(text, text, (earlier, later) => {
        const referred = after(earlier).refer(later, 1)?.text ?? later;
        const resolved = referred.split("\n").flatMap((part) => {
          if (part === "[the same as 1 tool result before]") return earlier.split("\n");
          const [, from, to] = /^\[\d+ lines as 1 tool result before, lines (\d+)–(\d+)\]$/.exec(part) ?? [];
          return from === undefined ? [part] : earlier.split("\n").slice(Number(from) - 1, Number(to));
        });
        expect(resolved.join("\n")).toBe(later);
      }),
    );
  });
});
