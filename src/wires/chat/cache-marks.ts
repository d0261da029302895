import { endsWithin, markElements, markedMessage, withCacheKey } from "../cache-marks.ts";
import { asArray, asRecord } from "../read.ts";
import type { CacheMarks, CachePlan, WireRequest } from "../wire.ts";

/** Marks of a vendor's on messages of a chat. */
export function withCacheMarks(request: WireRequest, plan: CachePlan, marks: CacheMarks): WireRequest {
  const roles = asArray(request.body["messages"]).map((message) => asRecord(message)?.["role"]);
  const ends = endsWithin(plan, marks, request, ["messages", "tools"], roles.length - 1);
  const marked = ends.flatMap((end) => markedMessage(end, roles, marks) ?? []);
  return withCacheKey(markElements(request, "messages", marked, marks, "text"), marks, plan);
}
