import type { ForgetSubject, NewContext } from "../../core/contexts.ts";
import { asString } from "../../wires/read.ts";
import { readControl, readControlBody, readPage, sendPage } from "../control.ts";
import { type Exchange, sendJson } from "../exchange.ts";
import { badRequest, RequestRefusedError } from "../refusal.ts";

/** `GET /v1/pc/contexts[?limit&after]`: what the caller may read, the newest first. */
export async function listContexts(exchange: Exchange): Promise<void> {
  const { items, nextAfter } = await exchange.compiler.contexts.list(
    readControl(exchange),
    readPage(exchange),
  );
  sendPage(exchange, items, nextAfter);
}

/** `GET /v1/pc/contexts/learned[?limit&after]`: what is to be learned from a page of items, the newest first. */
export async function listLearned(exchange: Exchange): Promise<void> {
  const { learned, nextAfter } = await exchange.compiler.contexts.learned(
    readControl(exchange),
    readPage(exchange),
  );
  sendPage(exchange, learned, nextAfter);
}

/** `POST /v1/pc/contexts`: an item as `contexts.add` takes it. */
export async function addContext(exchange: Exchange): Promise<void> {
  const { call, body } = await readControlBody(exchange);
  // `add` checks each field: what a caller says may be anything.
  sendJson(exchange, await exchange.compiler.contexts.add(body as unknown as NewContext, call));
}

/** `GET /v1/pc/contexts/{id}`, by its id or the handle of what was cut. */
export async function getContext(exchange: Exchange): Promise<void> {
  const found = await exchange.compiler.contexts.get(exchange.rest, readControl(exchange));
  if (found === undefined) throw contextNotFound(exchange.rest);
  sendJson(exchange, found);
}

/** `DELETE /v1/pc/contexts/{id}` */
export async function deleteContext(exchange: Exchange): Promise<void> {
  const receipt = await exchange.compiler.contexts.forget({ id: exchange.rest }, readControl(exchange));
  if (receipt.items === 0) throw contextNotFound(exchange.rest);
  sendJson(exchange, { id: exchange.rest, object: "context", deleted: true, receipt });
}

/** `POST /v1/pc/contexts/search`: `{ query, limit? }`; the best first, each with its score. */
export async function searchContexts(exchange: Exchange): Promise<void> {
  const { call, body } = await readControlBody(exchange);
  const query = asString(body["query"]);
  if (query === undefined) throw badRequest("query must be a text", "query");
  const { limit } = body;
  if (limit !== undefined && typeof limit !== "number") throw badRequest("limit must be a number", "limit");
  const hits = await exchange.compiler.contexts.search(query, call, { limit });
  sendPage(exchange, hits, undefined);
}

/** `POST /v1/pc/contexts/forget`: `{ id }`, `{ agentId }` or `{ tenant: true }`; answers with the receipt. */
export async function forgetContexts(exchange: Exchange): Promise<void> {
  const { call, body } = await readControlBody(exchange);
  // `forget` checks what is named.
  sendJson(exchange, await exchange.compiler.contexts.forget(body as unknown as ForgetSubject, call));
}

function contextNotFound(id: string): RequestRefusedError {
  return new RequestRefusedError(404, `No context found with id '${id.slice(0, 64)}'.`, { param: "id" });
}
