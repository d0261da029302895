import type { CallContext } from "../chat.ts";
import type { ListOptions } from "../core/contexts.ts";
import type { WireBody } from "../wires/wire.ts";
import { readCallContext } from "./call-context.ts";
import { type Exchange, sendJson } from "./exchange.ts";
import { checkCall } from "./principal.ts";
import { readJson } from "./read-request.ts";
import { badRequest } from "./refusal.ts";

/** What a caller asks about its own context: who asks, and with what. */
export interface ControlCall {
  readonly call: CallContext;
  /** Without the `pc` field; empty where the request has no body. */
  readonly body: WireBody;
}

/** Reads a request that has no JSON in it, and checks that its caller may make it. */
export function readControl({ request, principal, pathContext }: Exchange, body: WireBody = {}): CallContext {
  const call = readCallContext({ ...request, principal, path: pathContext, body });
  checkCall(principal, call);
  return call;
}

/** The same of a request with a JSON object. */
export async function readControlBody(exchange: Exchange): Promise<ControlCall> {
  const { body } = await readJson(exchange.request, exchange.maxBodyBytes);
  const { pc: _, ...rest } = body;
  return { call: readControl(exchange, body), body: rest };
}

/** Which page a query asks for. @throws RequestRefusedError 400 naming the parameter */
export function readPage({ request }: Exchange): ListOptions {
  const said = new URLSearchParams(request.query);
  const limit = said.get("limit") ?? undefined;
  if (limit !== undefined && !/^\d{1,5}$/.test(limit)) throw badRequest("limit must be an integer", "limit");
  return { limit: limit === undefined ? undefined : Number(limit), after: said.get("after") ?? undefined };
}

/** A page, as OpenAI's lists are; `next_after` is the `after` of the next one. */
export function sendPage(exchange: Exchange, data: readonly unknown[], nextAfter: string | undefined): void {
  const next = nextAfter === undefined ? {} : { next_after: nextAfter };
  sendJson(exchange, { object: "list", data, has_more: nextAfter !== undefined, ...next });
}
