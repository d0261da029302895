import type { FileQuery } from "../batches/objects.ts";
import { badRequest } from "./refusal.ts";

/** What a list's query asks for. @throws RequestRefusedError 400 naming the parameter */
export function readListQuery(query: string): FileQuery {
  const said = new URLSearchParams(query);
  const [limit, after, purpose, order] = ["limit", "after", "purpose", "order"].map(
    (name) => said.get(name) ?? undefined,
  );
  if (order !== undefined && order !== "desc") throw badRequest("order must be desc", "order");
  if (limit !== undefined && !/^\d{1,5}$/.test(limit)) throw badRequest("limit must be an integer", "limit");
  return { limit: limit === undefined ? undefined : Number(limit), after, purpose };
}
