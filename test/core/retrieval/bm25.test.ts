import { describe, expect, it } from "vitest";
import { bm25, countTerms } from "../../../src/core/retrieval/bm25.ts";

describe("bm25", () => {
  it("follows its formula", () => {
    const documents = [countTerms(["a", "a", "b"]), countTerms(["c"])];

    const [first, second] = bm25(new Set(["a", "d"]), documents);

    // N = 2; df(a) = 1, df(d) = 0; |d| = 3, avg|d| = 2; tf(a) = 2
    const idfA = Math.log(1 + 1.5 / 1.5);
    const idfD = Math.log(1 + 2.5 / 0.5);
    expect(first?.score).toBeCloseTo((idfA * 2 * 1.9) / (2 + 0.9 * (0.4 + (0.6 * 3) / 2)), 12);
    expect(first?.coverage).toBeCloseTo(idfA / (idfA + idfD), 12);
    expect(second).toEqual({ score: 0, coverage: 0 });
  });

  it("gives 0 for an empty query and for empty documents", () => {
    expect(bm25(new Set(), [countTerms(["a"])])).toEqual([{ score: 0, coverage: 0 }]);
    expect(bm25(new Set(["a"]), [countTerms([])])).toEqual([{ score: 0, coverage: 0 }]);
    expect(bm25(new Set(["a"]), [])).toEqual([]);
  });
});
