import { describe, expect, it } from "vitest";
import { openData } from "../../bench/context/data.ts";
import { methods, plainText } from "../../bench/context/methods.ts";
import { meanRow } from "../../bench/context/row.ts";
import { type HotpotQuestion, hotpotqa, rows } from "../../bench/context/sets/hotpotqa.ts";
import { intoPage } from "../../bench/context/table.ts";

const words = (text: string): number => text.split(/\s+/).length;

describe("the plain methods of bench:context", () => {
  it.each(Object.keys(methods))("keep what fits, and no more: %s", async (name) => {
    const [file] = await openData(undefined).files(/^hotpotqa-/);
    for (const { text, corpus } of hotpotqa(await file!.lines<HotpotQuestion>())) {
      const kept = await methods[name]!(text, corpus, 200, words);

      const tokens = kept.reduce((sum, index) => sum + words(plainText(corpus.units[index]!)), 0);
      expect(tokens).toBeLessThanOrEqual(200);
      expect(tokens).toBeGreaterThan(100);
    }
  });
});

describe("the rows of bench:context", () => {
  it("have every method at every budget, for the fixtures too", async () => {
    const found = await rows({ data: openData(undefined), every: 1, onRow: () => undefined });

    const recall = found.filter(({ measure }) => measure === "evidence recall");
    expect(recall.map(({ budget, method }) => `${budget} ${method}`)).toEqual(
      [0.3, 0.1].flatMap((budget) =>
        [...Object.keys(methods), "prompt-compiler"].map((method) => `${budget} ${method}`),
      ),
    );
    for (const { set, value, low, high, n } of recall) {
      expect([set, n]).toEqual(["hotpotqa-4", 4]);
      expect(low <= value && value <= high).toBe(true);
    }
  });

  it("have the same interval for the same values", () => {
    const head = { set: "s", measure: "m", budget: 0.1, method: "x" };

    expect(meanRow(head, [0, 1, 1, 1])).toEqual(meanRow(head, [0, 1, 1, 1]));
    expect(meanRow(head, [0, 1, 1, 1]).value).toBe(0.75);
  });

  it("take the place of the tables between the markers, and of nothing else", () => {
    const page = "before\n<!-- figures of npm run bench:context -->\nold\n<!-- end of figures -->\nafter";
    const row = {
      set: "s",
      measure: "evidence recall",
      budget: 0.1,
      method: "x",
      value: 0.5,
      low: 0.4,
      high: 0.6,
      n: 3,
    };

    const written = intoPage(page, [row]);

    expect(written).toContain("| s | 10 % | 50.0 (40.0–60.0) | 3 |");
    expect(written).toMatch(/^before\n.*after$/s);
    expect(written).not.toContain("old");
    expect(intoPage(written, [row])).toBe(written);
  });
});
