import { BATCH_PRIORITY, type NewBatch } from "../../batches/batches.ts";
import type { BatchObject } from "../../batches/objects.ts";
import type { CallContext } from "../../chat.ts";
import { asString } from "../../wires/read.ts";
import { readCallContext, readerOf } from "../call-context.ts";
import { type Exchange, sendJson } from "../exchange.ts";
import { readListQuery } from "../list-query.ts";
import { checkCall, checkRoute } from "../principal.ts";
import { readJson } from "../read-request.ts";
import { RequestRefusedError } from "../refusal.ts";

/**
 * `POST /v1/batches`. What the caller's key may do holds for every line: its agents and groups by the batch's own
 * context, its routes by the endpoint, its models line by line.
 */
export async function createBatch(exchange: Exchange): Promise<void> {
  const { compiler, request, principal, pathContext, maxBodyBytes } = exchange;
  const { body } = await readJson(request, maxBodyBytes);
  const said = readCallContext({ ...request, principal, path: pathContext, body: { pc: body["pc"] } });
  const call: CallContext = { ...said, priority: said.priority ?? BATCH_PRIORITY };
  checkCall(principal, call);
  const endpoint = asString(body["endpoint"]);
  if (endpoint !== undefined) checkRoute(principal, endpoint);
  // `create` checks each field: what a caller says may be anything.
  const batch = body as unknown as NewBatch;
  sendJson(exchange, await compiler.batches.create(batch, { ...call, models: principal.models }));
}

/** `GET /v1/batches[?limit&after]`, the newest first. */
export async function listBatches(exchange: Exchange): Promise<void> {
  const query = readListQuery(exchange.request.query);
  sendJson(exchange, await exchange.compiler.batches.list(query, readerOf(exchange)));
}

/** `GET /v1/batches/{id}` */
export async function retrieveBatch(exchange: Exchange): Promise<void> {
  sendBatch(exchange, await exchange.compiler.batches.get(exchange.rest, readerOf(exchange)));
}

/** `POST /v1/batches/{id}/cancel` */
export async function cancelBatch(exchange: Exchange): Promise<void> {
  sendBatch(exchange, await exchange.compiler.batches.cancel(exchange.rest, readerOf(exchange)));
}

function sendBatch(exchange: Exchange, batch: BatchObject | undefined): void {
  if (batch === undefined) {
    throw new RequestRefusedError(404, `No batch found with id '${exchange.rest.slice(0, 64)}'.`, {
      param: "id",
    });
  }
  sendJson(exchange, batch);
}
