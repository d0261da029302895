import { describe, expect, it } from "vitest";
import { openData } from "../../bench/context/data.ts";
import { methods, plainText } from "../../bench/context/methods.ts";
import type { Question } from "../../bench/context/question.ts";
import { type Locomo, locomo } from "../../bench/context/sets/locomo.ts";
import { type Squad, xquad } from "../../bench/context/sets/xquad.ts";
import { loadTokenizer } from "../../src/core/index.ts";

const folder = process.env["PC_BENCH_DATA"];

/** Evidence recall at 30 and 10 % of the tokens, as measured elsewhere on the whole sets. */
const KNOWN = [
  ["recent", "locomo", 30.7, 10.0],
  ["bm25", "locomo", 79.5, 68.9],
  ["recent", "xquad", 28.5, 8.9],
  ["bm25", "xquad", 97.4, 95.0],
] as const;

/** Points; what is here is a part of LoCoMo, and where a sentence ends is a matter of taste. */
const TOLERANCE = 3;

describe.skipIf(folder === undefined)("a baseline of bench:context has the figures it has elsewhere", () => {
  it.each(KNOWN)("%s on %s", async (method, set, at30, at10) => {
    const questions = await read(set);

    expect(Math.abs((await recall(method, questions, 0.3)) - at30)).toBeLessThan(TOLERANCE);
    expect(Math.abs((await recall(method, questions, 0.1)) - at10)).toBeLessThan(TOLERANCE);
  });
});

async function read(set: "locomo" | "xquad"): Promise<readonly Question[]> {
  const data = openData(folder);
  if (set === "locomo") {
    const [file] = await data.files(/^locomo-.*\.json$/);
    return locomo(await file!.json<Locomo>());
  }
  const [file] = await data.files(/^xquad-en\.json$/);
  return xquad(await file!.json<Squad>());
}

/** In percent, with nothing but the units counted. */
async function recall(method: string, questions: readonly Question[], share: number): Promise<number> {
  const { count } = await loadTokenizer("gpt-5-mini");
  let sum = 0;
  for (const { text, corpus, evidence } of questions) {
    const whole = corpus.units.reduce((tokens, unit) => tokens + count(plainText(unit)), 0);
    const kept = new Set(await methods[method]!(text, corpus, share * whole, count));
    sum += evidence.filter((index) => kept.has(index)).length / evidence.length;
  }
  return (100 * sum) / questions.length;
}
