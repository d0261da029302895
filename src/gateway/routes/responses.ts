/**
 * `/v1/responses` and what is asked of its answers later. An answer that is kept here is answered for here; of one that a
 * vendor keeps, the request goes on as bytes to the deployment that gave it, if it is the caller's.
 */
import { asString } from "../../wires/read.ts";
import { vendorPreviousOf } from "../../wires/responses/kept-items.ts";
import { replayed } from "../../wires/responses/replay.ts";
import type { Frame } from "../../wires/wire.ts";
import { answerCall } from "../answer.ts";
import { type Call, readCall } from "../call.ts";
import { readerOf } from "../call-context.ts";
import { type Exchange, sendJson } from "../exchange.ts";
import { jsonBody } from "../forwarded-body.ts";
import { checkModel } from "../principal.ts";
import { badRequest, RequestRefusedError } from "../refusal.ts";
import { relay } from "../relay.ts";
import { countHeaders, requestIdHeaders, STREAM_HEADERS } from "../response-headers.ts";
import { sendFrames } from "../stream.ts";

/** `POST /v1/responses`, whole or streamed. */
export async function createResponse(exchange: Exchange): Promise<void> {
  await answerCall(exchange, await readCall(exchange, "responses"));
}

/**
 * `POST /v1/responses/input_tokens`: how many tokens the model would read. Counted here; by the vendor where it goes on from
 * what only the vendor has.
 */
export async function countInputTokens(exchange: Exchange): Promise<void> {
  const { request, context } = await readCall(exchange, "responses");
  const previous = vendorPreviousOf(request.body);
  const keeper =
    previous === undefined ? undefined : await exchange.compiler.responses.keeper(previous, context);
  if (keeper !== undefined) {
    return relayCall(exchange, { request, context }, "/responses/input_tokens", keeper.deployment);
  }
  const count = await exchange.compiler.countTokens(request, context, exchange.requestId);
  sendJson(exchange, { object: "response.input_tokens", input_tokens: count.tokens }, countHeaders(count));
}

/** `POST /v1/responses/compact`: only a vendor of responses can do that, and what comes of it only that vendor can read. */
export async function compactResponse(exchange: Exchange): Promise<void> {
  const call = await readCall(exchange, "responses");
  const { body } = call.request;
  const previous = vendorPreviousOf(body);
  const keeper =
    previous === undefined ? undefined : await exchange.compiler.responses.keeper(previous, call.context);
  if (asString(body["previous_response_id"]) !== undefined && keeper === undefined) {
    throw badRequest(
      "there is no vendor that keeps this response: send its items as input",
      "previous_response_id",
    );
  }
  await relayCall(exchange, call, "/responses/compact", keeper?.deployment);
}

/** `GET /v1/responses/{id}[?stream&starting_after]`: an answer that was kept, whole or as its events. */
export async function retrieveResponse(exchange: Exchange): Promise<void> {
  if (await relayedToKeeper(exchange, "")) return;
  const response = found(exchange, await exchange.compiler.responses.get(exchange.rest, readerOf(exchange)));
  const query = new URLSearchParams(exchange.request.query);
  if (query.get("stream") !== "true") return sendJson(exchange, response);
  const after = query.get("starting_after") ?? "-1";
  if (!/^(?:\d{1,9}|-1)$/.test(after)) {
    throw badRequest("starting_after must be the number of an event", "starting_after");
  }
  const { sink, request, requestId } = exchange;
  sink.head(200, { ...STREAM_HEADERS, ...requestIdHeaders(requestId, "responses") });
  await sendFrames(sink, allAtOnce(replayed(response, Number(after))), request.signal);
}

/** `DELETE /v1/responses/{id}` */
export async function deleteResponse(exchange: Exchange): Promise<void> {
  if (await relayedToKeeper(exchange, "")) return;
  const { compiler, rest: id } = exchange;
  const wasThere = await compiler.responses.delete(id, readerOf(exchange));
  sendJson(exchange, found(exchange, wasThere ? { id, object: "response", deleted: true } : undefined));
}

/** `GET /v1/responses/{id}/input_items[?limit&order&after]` */
export async function listInputItems(exchange: Exchange): Promise<void> {
  if (await relayedToKeeper(exchange, "/input_items")) return;
  const said = new URLSearchParams(exchange.request.query);
  const [limit, order, after] = ["limit", "order", "after"].map((name) => said.get(name) ?? undefined);
  const query = { limit: limit === undefined ? undefined : Number(limit), order, after };
  const items = await exchange.compiler.responses.inputItems(exchange.rest, query, readerOf(exchange));
  sendJson(exchange, found(exchange, items));
}

/** `POST /v1/responses/{id}/cancel`: of ours there is nothing to cancel, for none is made in the background. */
export async function cancelResponse(exchange: Exchange): Promise<void> {
  if (await relayedToKeeper(exchange, "/cancel")) return;
  found(exchange, await exchange.compiler.responses.get(exchange.rest, readerOf(exchange)));
  throw badRequest("Cannot cancel a synchronous response.", "id");
}

/** Hands on what is asked of an answer that a vendor keeps. @returns whether one does */
async function relayedToKeeper(exchange: Exchange, below: string): Promise<boolean> {
  const { compiler, principal, request, rest: id } = exchange;
  const context = readerOf(exchange);
  const keeper = await compiler.responses.keeper(id, context);
  if (keeper === undefined) return false;
  checkModel(principal, keeper.model);
  const path = `/responses/${id}${below}${request.query === "" ? "" : `?${request.query}`}`;
  await relay(exchange, { model: undefined, keptBy: keeper.deployment, path }, context);
  return true;
}

function relayCall(
  exchange: Exchange,
  { request: { body, source }, context }: Call,
  path: string,
  keptBy: string | undefined,
): Promise<void> {
  const { model, held, withModel } = jsonBody({ body, source });
  return relay(exchange, { model, bytes: held, withModel, wire: "responses", keptBy, path }, context);
}

async function* allAtOnce(frames: readonly Frame[]): AsyncGenerator<readonly Frame[]> {
  yield frames;
}

function found<T>({ rest }: Exchange, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new RequestRefusedError(404, `Response with id '${rest.slice(0, 64)}' not found.`, { param: "id" });
}
