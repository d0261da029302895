import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { type CostCurves, toCurves } from "../../bench/context/traces/curves.ts";
import { toSvg } from "../../bench/context/traces/curves-svg.ts";
import { measureSession } from "../../bench/context/traces/measure.ts";
import { everything } from "../../bench/context/traces/policies.ts";
import { loadTokenizer } from "../../src/core/token-count.ts";
import { assistant, system, user } from "../core/conversations.ts";

const docs = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), "utf8");

const session = Array.from({ length: 12 }, (_, turn) => [
  user(`Question ${turn}: ${"what of the harbour ".repeat(20)}`),
  assistant(`Answer ${turn}.`),
]).flat();

describe("docs/cost-curves.svg", () => {
  it("is drawn from the numbers beside it, as npm run docs:cost-curves writes both", async () => {
    const numbers: readonly CostCurves[] = JSON.parse(await docs("figures/cost-curves.json"));

    expect(await docs("cost-curves.svg")).toBe(toSvg(numbers));
    for (const { lengths, methods } of numbers) {
      expect(methods.every(({ index }) => index.length === lengths.length)).toBe(true);
      expect(new Set(methods.find(({ method }) => method === "everything")?.index)).toEqual(new Set([100]));
    }
  });
});

describe("the course of a session's cost", () => {
  it("is 100 at every length for sending everything, and dearer for a prompt that changes at its beginning", async () => {
    const tokenizer = await loadTokenizer("gpt-5-mini");
    const messages = [system("Answer."), ...session] as never;
    const renamed = async (asked: readonly object[]) =>
      [{ role: "system", content: `Call ${asked.length}.` }, ...asked.slice(1)] as never;

    const whole = await measureSession(messages, everything(), tokenizer);
    const changing = await measureSession(messages, renamed, tokenizer);

    const [even, other] = toCurves("t", [
      ["everything", [whole]],
      ["renamed", [changing]],
    ]).methods;
    expect(new Set(even?.index)).toEqual(new Set([100]));
    expect(other?.index.at(-1)).toBeGreaterThan(150);
    expect(other?.index.at(0)).toBeLessThan(other?.index.at(-1) ?? 0);
  });
});
