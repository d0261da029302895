import type { CallContext } from "../../chat.ts";
import { answerCall } from "../answer.ts";
import { readCall } from "../call.ts";
import { type Exchange, sendJson } from "../exchange.ts";
import { badRequest, RequestRefusedError } from "../refusal.ts";
import { countHeaders } from "../response-headers.ts";

/** `POST /v1/responses`, whole or streamed. */
export async function createResponse(exchange: Exchange): Promise<void> {
  await answerCall(exchange, await readCall(exchange, "responses"));
}

/** `POST /v1/responses/input_tokens`: how many tokens the model would read. */
export async function countInputTokens(exchange: Exchange): Promise<void> {
  const { request, context } = await readCall(exchange, "responses");
  const count = await exchange.compiler.countTokens(request, context, exchange.requestId);
  sendJson(exchange, { object: "response.input_tokens", input_tokens: count.tokens }, countHeaders(count));
}

/** `GET /v1/responses/{id}`: an answer that was kept, whole. */
export async function retrieveResponse(exchange: Exchange): Promise<void> {
  const response = found(exchange, await exchange.compiler.responses.get(exchange.rest, ofTenant(exchange)));
  if (new URLSearchParams(exchange.request.query).get("stream") === "true") {
    throw badRequest("a response that was not made in the background cannot be streamed again", "stream");
  }
  sendJson(exchange, response);
}

/** `DELETE /v1/responses/{id}` */
export async function deleteResponse(exchange: Exchange): Promise<void> {
  const { compiler, rest: id } = exchange;
  const wasThere = await compiler.responses.delete(id, ofTenant(exchange));
  sendJson(exchange, found(exchange, wasThere ? { id, object: "response", deleted: true } : undefined));
}

/** `GET /v1/responses/{id}/input_items[?limit&order&after]` */
export async function listInputItems(exchange: Exchange): Promise<void> {
  const said = new URLSearchParams(exchange.request.query);
  const [limit, order, after] = ["limit", "order", "after"].map((name) => said.get(name) ?? undefined);
  const query = { limit: limit === undefined ? undefined : Number(limit), order, after };
  const items = await exchange.compiler.responses.inputItems(exchange.rest, query, ofTenant(exchange));
  sendJson(exchange, found(exchange, items));
}

/** `POST /v1/responses/{id}/cancel`: there is nothing to cancel, for none of ours is made in the background. */
export async function cancelResponse(exchange: Exchange): Promise<void> {
  found(exchange, await exchange.compiler.responses.get(exchange.rest, ofTenant(exchange)));
  throw badRequest("Cannot cancel a synchronous response.", "id");
}

function found<T>({ rest }: Exchange, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new RequestRefusedError(404, `Response with id '${rest.slice(0, 64)}' not found.`, { param: "id" });
}

function ofTenant({ principal, request }: Exchange): CallContext {
  return { tenant: principal.tenant, signal: request.signal };
}
