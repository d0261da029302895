/** Efforts and budgets of thinking, one for the other: Anthropic's older models take tokens where others take a word. */

/** The least that Anthropic takes. */
export const LEAST_BUDGET = 1024;

const BUDGETS = [
  ["minimal", LEAST_BUDGET],
  ["low", 2048],
  ["medium", 8192],
  ["high", 16_384],
  ["xhigh", 24_576],
  ["max", 31_999],
] as const;

/** Tokens for an effort; for one that nobody here knows, those of the middle. */
export function budgetOf(effort: string): number {
  return BUDGETS.find(([name]) => name === effort)?.[1] ?? 8192;
}

/** The effort for so many tokens: of the three that every model with efforts knows. */
export function effortOf(budget: number): string {
  if (budget <= budgetOf("low")) return "low";
  return budget <= budgetOf("medium") ? "medium" : "high";
}
