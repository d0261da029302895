import type { Drop } from "../../drop.ts";
import type { WireBody } from "../../wire.ts";
import { isGeneration3, isGeneration25, isPro } from "./generation.ts";

/** As Gemini's own OpenAI-compatible API has it: https://ai.google.dev/gemini-api/docs/openai#thinking */
const LEVELS: Readonly<Record<string, string>> = {
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
};
const BUDGETS: Readonly<Record<string, number>> = { minimal: 1024, low: 1024, medium: 8192, high: 24_576 };

/** The least that models think which cannot do without. */
const LEAST_BUDGET = 128;

/**
 * How much a model is to think: a level or, before Gemini 3, a budget of tokens. An effort that the model has no word for
 * becomes the nearest one, and is noted; models that do not think are asked for nothing.
 */
export function toThinkingConfig(effort: string, model: string, drop: Drop): WireBody | undefined {
  if (isGeneration3(model)) {
    const level = LEVELS[effort];
    if (level === undefined) drop("reasoning_effort");
    // Pro models begin at "low".
    const nearest = level ?? (effort === "none" ? "minimal" : "high");
    return { thinkingLevel: nearest === "minimal" && isPro(model) ? "low" : nearest };
  }
  if (!isGeneration25(model)) {
    drop("reasoning_effort");
    return undefined;
  }
  if (effort === "none" && !isPro(model)) return { thinkingBudget: 0 };
  const budget = BUDGETS[effort];
  if (budget === undefined) drop("reasoning_effort");
  return { thinkingBudget: budget ?? (effort === "none" ? LEAST_BUDGET : BUDGETS["high"]) };
}
