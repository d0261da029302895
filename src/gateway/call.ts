import type { CallContext } from "../chat.ts";
import { askedModels, disguisedModelKey } from "../wires/asked-models.ts";
import { editRequest, membersOf } from "../wires/edit.ts";
import { codecFor } from "../wires/index.ts";
import type { Wire, WireRequest } from "../wires/wire.ts";
import { readCallContext } from "./call-context.ts";
import type { Exchange } from "./exchange.ts";
import type { HeaderMap } from "./http.ts";
import { checkCall, checkModel } from "./principal.ts";
import { type JsonRequest, readJson } from "./read-request.ts";
import { badRequest } from "./refusal.ts";

/** A call as the compiler takes it. */
export interface Call {
  /** Without the `pc` field; the caller's bytes otherwise. */
  readonly request: WireRequest;
  readonly context: CallContext;
}

/** Reads a request of `wire`, and checks that its caller may make it. */
export async function readCall(exchange: Exchange, wire: Wire): Promise<Call> {
  const { request, principal, pathContext } = exchange;
  const { headers, signal } = request;
  const { body, source } = await readCallBody(exchange);
  const context = readCallContext({ principal, path: pathContext, headers, body, signal });
  checkCall(principal, context);
  for (const model of askedModels(body)) checkModel(principal, model);

  const { forwardedHeaders, forwardedQuery } = codecFor(wire);
  const asked = {
    wire,
    body,
    source,
    headers: pick(headers, forwardedHeaders),
    query: pickQuery(request.query, forwardedQuery),
  };
  return { request: editRequest(asked, { remove: ["pc"] }), context };
}

/** Reads a request's JSON object; where its caller may use some models only, one that every reader reads alike. */
export async function readCallBody({ request, principal, maxBodyBytes }: Exchange): Promise<JsonRequest> {
  const read = await readJson(request, maxBodyBytes);
  if (principal.models !== undefined) refuseDisguise(read);
  return read;
}

/** The model we check has to be the one an upstream reads: of a key that stands twice some take the first, some the last. */
function refuseDisguise({ body, source }: JsonRequest): void {
  const keys = source === undefined ? Object.keys(body) : membersOf(source).map(({ key }) => key);
  if (new Set(keys).size < keys.length) throw badRequest("the request body has a key twice");
  const disguised = disguisedModelKey(keys);
  if (disguised !== undefined) {
    throw badRequest(`the request body says ${JSON.stringify(disguised)}: write it in lower case`, "model");
  }
}

/** Those parameters of a query that have one of these names; `undefined`: none has. */
function pickQuery(query: string, names: readonly string[]): string | undefined {
  if (query === "" || names.length === 0) return undefined;
  const picked = [...new URLSearchParams(query)].filter(([name]) => names.includes(name));
  return picked.length > 0 ? new URLSearchParams(picked).toString() : undefined;
}

/** Those of the headers that have one of these names. */
export function pick(headers: HeaderMap, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) picked[name] = typeof value === "string" ? value : value.join(", ");
  }
  return picked;
}
