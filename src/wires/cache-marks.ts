/**
 * Marks in a request that tell a vendor up to where its prompt cache should keep it. Anthropic caches nothing that is not
 * marked (https://platform.claude.com/docs/en/build-with-claude/prompt-caching); OpenAI's models from gpt-5.6 on keep what
 * they are told to and the latest message, and nothing shorter, while older ones refuse the field
 * (https://developers.openai.com/api/docs/guides/prompt-caching).
 *
 * A mark stands on the last part of a message. Those of the caller's stay, and count: a vendor takes four, one of which
 * OpenAI sets itself.
 */
import { editRequest } from "./edit.ts";
import { asArray, asRecord, asString, isRecord } from "./read.ts";
import { type ElementChange, type ElementPlan, replaceElements } from "./replace-elements.ts";
import type { CacheMarks, CachePlan, Wire, WireBody, WireRequest } from "./wire.ts";

const ANTHROPIC: CacheMarks = {
  field: "cache_control",
  value: { type: "ephemeral" },
  most: 4,
  keepsLatest: false,
  onAnswers: true,
  key: undefined,
};

const OPENAI: CacheMarks = {
  field: "prompt_cache_breakpoint",
  value: { mode: "explicit" },
  most: 3,
  keepsLatest: true,
  onAnswers: false,
  key: "prompt_cache_key",
};

/**
 * The marks that a vendor takes in a request of `wire`; `undefined`: it knows none, or they would be lost on the way.
 *
 * @param spoken - the wire that it is asked in
 * @param model - the name that is sent
 */
export function cacheMarksOf(wire: Wire, spoken: Wire, model: string): CacheMarks | undefined {
  if (spoken === "messages") return wire === "messages" || wire === "chat" ? ANTHROPIC : undefined;
  return spoken === wire && (wire === "chat" || wire === "responses") && takesBreakpoints(model)
    ? OPENAI
    : undefined;
}

function takesBreakpoints(model: string): boolean {
  const [, major, minor = "0"] = /(?:^|\/)gpt-(\d+)(?:\.(\d+))?(?:-|$)/.exec(model) ?? [];
  return major !== undefined && (Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 6));
}

/**
 * The nearest message at or before `end` that may have a mark; `undefined`: there is none.
 *
 * @param roles - of the messages
 */
export function markedMessage(
  end: number,
  roles: readonly unknown[],
  { onAnswers }: CacheMarks,
): number | undefined {
  const found = roles.findLastIndex((role, index) => index <= end && (onAnswers || role !== "assistant"));
  return found === -1 ? undefined : found;
}

/** Of the ends, those for which there is room beside the marks that `lists` of the request have already. */
export function endsWithin(
  { ends }: CachePlan,
  { field, most, keepsLatest }: CacheMarks,
  { body }: WireRequest,
  lists: readonly string[],
  latest: number,
): readonly number[] {
  // Who says that nothing but his own marks counts knows what he wants kept.
  if (asRecord(body["prompt_cache_options"])?.["mode"] === "explicit") return [];
  const own = lists.reduce((sum, list) => sum + countMarks(body[list], field), field in body ? 1 : 0);
  const wanted = keepsLatest ? ends.filter((end) => end !== latest) : ends;
  return wanted.slice(0, Math.max(0, most - own));
}

function countMarks(value: unknown, field: string): number {
  if (Array.isArray(value)) return value.reduce((sum, each) => sum + countMarks(each, field), 0);
  const record = asRecord(value);
  if (record === undefined) return 0;
  const own = isRecord(record[field]) ? 1 : 0;
  return own + countMarks(record["content"], field) + countMarks(record["function"], field);
}

/** The list with marks on elements, by index. @param textType - what a part of plain text is called there */
export function markElements(
  request: WireRequest,
  list: string,
  marked: readonly number[],
  marks: CacheMarks,
  textType: string,
): WireRequest {
  if (marked.length === 0) return request;
  const change: ElementChange = (element) => markLast(element, "content", marks, textType);
  const plan = asArray(request.body[list]).map(
    (_, keep): ElementPlan => (marked.includes(keep) ? { keep, change } : { keep }),
  );
  return replaceElements(request, list, plan);
}

/** A mark on the last part of some content; a text becomes a part. What has none, or no words, stays as it is. */
export function markLast(
  request: WireRequest,
  key: string,
  { field, value }: CacheMarks,
  textType: string,
): WireRequest {
  const content = request.body[key];
  const text = asString(content);
  if (text !== undefined) {
    if (text.trim() === "") return request;
    return editRequest(request, { set: { [key]: [{ type: textType, text, [field]: value }] } });
  }
  const parts = asArray(content);
  const last = asRecord(parts.at(-1));
  if (last === undefined || field in last || !isMarkable(last)) return request;
  const change: ElementChange = (part) => editRequest(part, { set: { [field]: value } });
  return replaceElements(
    request,
    key,
    parts.map((_, keep) => (keep === parts.length - 1 ? { keep, change } : { keep })),
  );
}

/** Not what a model thought, nor an empty text: vendors refuse marks there. */
function isMarkable({ type, text }: WireBody): boolean {
  return (
    !/thinking|reasoning|refusal/.test(String(type)) && (text === undefined || asString(text)?.trim() !== "")
  );
}

/** The request with a name for its conversation, where the vendor takes one and the caller gives none. */
export function withCacheKey(
  request: WireRequest,
  { key }: CacheMarks,
  { conversation }: CachePlan,
): WireRequest {
  const isGiven = key === undefined || (request.body[key] !== undefined && request.body[key] !== null);
  return isGiven ? request : editRequest(request, { set: { [key]: conversation } });
}
