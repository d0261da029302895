import { endsWithin, markElements, markLast } from "../cache-marks.ts";
import { asArray } from "../read.ts";
import type { CacheMarks, CachePlan, WireRequest } from "../wire.ts";
import { hasSystem } from "./messages.ts";

/** Marks on messages, and on the system prompt, which is the first of them. */
export function withCacheMarks(request: WireRequest, plan: CachePlan, marks: CacheMarks): WireRequest {
  const offset = hasSystem(request.body) ? 1 : 0;
  const latest = asArray(request.body["messages"]).length - 1 + offset;
  const ends = endsWithin(plan, marks, request, ["system", "messages", "tools"], latest);
  const behind = ends.filter((end) => end >= offset).map((end) => end - offset);
  const marked = markElements(request, "messages", behind, marks, "text");
  return behind.length < ends.length ? markLast(marked, "system", marks, "text") : marked;
}
