/**
 * What Gemini models understand changes with their generation, which their names tell: "gemini-2.5-flash",
 * "models/gemini-3-pro-preview". A name without a number is the latest, "gemini-flash-latest".
 */

/** Whether it thinks in levels and wants its thought signatures back: https://ai.google.dev/gemini-api/docs/gemini-3 */
export function isGeneration3(model: string): boolean {
  return /(?:^|\/)gemini-(?!1|2|pro(?:-vision)?$)/.test(model);
}

/** Whether it thinks within a budget of tokens: https://ai.google.dev/gemini-api/docs/thinking */
export function isGeneration25(model: string): boolean {
  return /(?:^|\/)gemini-2\.5/.test(model);
}

/** The larger models, which cannot do without thinking. */
export function isPro(model: string): boolean {
  return /(?:^|\/)gemini-.*\bpro\b/.test(model);
}
