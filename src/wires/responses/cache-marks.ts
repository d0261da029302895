import { endsWithin, markElements, markedMessage, withCacheKey } from "../cache-marks.ts";
import type { CacheMarks, CachePlan, WireRequest } from "../wire.ts";
import { readTurns, typeOf } from "./turns.ts";

/**
 * Marks on messages among the input items. Instructions beside the input and outputs of tools, which are plain texts, have
 * no place for one: it goes to the nearest message before.
 *
 * @param before - messages that stand beside the input
 */
export function markInput(
  request: WireRequest,
  plan: CachePlan,
  marks: CacheMarks,
  before: number,
): WireRequest {
  const { input } = request.body;
  if (!Array.isArray(input)) return request;
  const turns = readTurns(input);
  const roles = turns.map(({ role, items: [item = {}] }) =>
    typeOf(item) === "message" ? role : "assistant",
  );
  const ends = endsWithin(plan, marks, request, ["input"], turns.length - 1 + before);
  const marked = ends.flatMap((end) => {
    const turn = markedMessage(end - before, roles, marks);
    return turn === undefined ? [] : (turns[turn]?.first ?? []);
  });
  return withCacheKey(markElements(request, "input", marked, marks, "input_text"), marks, plan);
}
