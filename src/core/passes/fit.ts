/**
 * Keeps what is worth most until the token budget is full.
 *
 * First what is pinned, all of it; then shared context, which was chosen for this very question; then the history, by
 * score. To its score, on a scale where the best match has 1, a segment gets ½ if it is the latest, ¼ if it is the one
 * before, ⅛ and so on: "yes, do that" matches no words, and what it answers is what was said last. Where nothing
 * matches, this keeps the most recent.
 *
 * What does not fit is cut, and something smaller with a lower score may still fit behind it. Order never changes.
 */
import { PromptCompilerError } from "../../errors.ts";
import { type CompileInput, type Segment, sumTokens } from "../segment.ts";

/** @throws PromptCompilerError `PC_CONTEXT_TOO_LARGE` if what is pinned is larger than the budget */
export function fit(segments: readonly Segment[], input: CompileInput): readonly Segment[] {
  const { maxInputTokens, overheadTokens } = input;
  if (maxInputTokens === undefined || segments.length === 0) return segments;

  const pinnedTokens = sumTokens(segments.filter(({ pinned }) => pinned !== undefined));
  let left = maxInputTokens - overheadTokens - pinnedTokens;
  if (left < 0) throw tooLarge(segments, input);

  const kept = new Set<Segment>();
  for (const segment of byWorth(segments)) {
    if (segment.tokens > left) continue;
    kept.add(segment);
    left -= segment.tokens;
  }
  const allFit = segments.every(
    (segment) => segment.pinned !== undefined || segment.action === "cut" || kept.has(segment),
  );
  const reason = allFit ? "fits the budget" : "among the best that fit the budget";
  return segments.map((segment) => {
    if (segment.pinned !== undefined || segment.action === "cut") return segment;
    if (segment.action === "injected")
      return kept.has(segment) ? segment : cut(segment, "no room beside what is pinned");
    if (kept.has(segment)) return segment.action === "kept" ? { ...segment, reason } : segment;
    return cut(segment, "worth less than what was kept, and the budget is full");
  });
}

function cut(segment: Segment, reason: string): Segment {
  return { ...segment, action: "cut", reason };
}

/** What may be cut, the most valuable first. */
function byWorth(segments: readonly Segment[]): readonly Segment[] {
  const open = segments.filter(
    ({ pinned, action }) => pinned === undefined && action !== "injected" && action !== "cut",
  );
  const best = open.reduce((most, { score = 0 }) => Math.max(most, score), 0) || 1;
  const worthOf = ({ score = 0 }: Segment, age: number): number => score / best + 0.5 ** age;
  const order = open
    .map((segment, index) => ({ segment, index, worth: worthOf(segment, open.length - index) }))
    .sort((a, b) => b.worth - a.worth || b.index - a.index);
  return [...segments.filter(({ action }) => action === "injected"), ...order.map(({ segment }) => segment)];
}

function tooLarge(segments: readonly Segment[], { maxInputTokens, overheadTokens }: CompileInput): Error {
  const needs = new Map<string, number>([["tools, schemas and reply", overheadTokens]]);
  for (const { pinned, tokens } of segments) {
    if (pinned !== undefined) needs.set(pinned, (needs.get(pinned) ?? 0) + tokens);
  }
  const whole = [...needs.values()].reduce((sum, tokens) => sum + tokens, 0);
  const told = [...needs].map(([what, tokens]) => `${what} ${tokens}`).join(", ");
  return new PromptCompilerError(
    "PC_CONTEXT_TOO_LARGE",
    `what must be kept has ${whole} tokens and the budget is ${maxInputTokens}: ${told}`,
    { param: "messages" },
  );
}
