/**
 * What makes two calls the same call, for the caches and for single-flight.
 *
 *     key = SHA-256 of { tenant, keeper, wire, whole or streamed, headers, request as compiled, but for silent fields }
 *
 * The requested model is in the request. A field that nobody here knows is in the key: to ask twice is a waste, to answer
 * another question a defect. A streamed answer and a whole one are two entries: neither is made into the other, so a replay
 * is what the upstream said, frame by frame.
 *
 * A call that writes to shared context is the same only as calls of its own agent (the keeper), so that what the agent
 * forgets is nobody else's cached answer.
 *
 * Computed at most once a call, and only for calls that repeat.
 */
import { DEFAULT_TENANT } from "../../chat.ts";
import { codecFor } from "../../wires/index.ts";
import type { WireRequest } from "../../wires/wire.ts";
import type { ScheduledCall } from "../call.ts";
import { canonicalHash } from "./key.ts";

/** A call that may be answered by the answer to another. */
export interface RepeatableCall {
  readonly key: string;
  readonly tenant: string;
  /** The agent whose forgetting takes the answer along; `undefined`: nobody's in particular. */
  readonly keeper: string | undefined;
  /** As compiled, for no deployment in particular. */
  readonly request: WireRequest;
}

/** Tells a repeatable call's key; `undefined`: the call wants an answer of its own. */
export type CallKeys = (call: ScheduledCall) => RepeatableCall | undefined;

/** Keys, each remembered as long as its call. */
export function createCallKeys(): CallKeys {
  const known = new WeakMap<ScheduledCall, { readonly repeatable: RepeatableCall | undefined }>();
  return (call) => {
    const remembered = known.get(call);
    if (remembered !== undefined) return remembered.repeatable;
    const repeatable = toRepeatable(call);
    known.set(call, { repeatable });
    return repeatable;
  };
}

function toRepeatable(call: ScheduledCall): RepeatableCall | undefined {
  const { wire, model, cache, tenant = DEFAULT_TENANT } = call;
  if (cache?.mode === "no-store") return undefined;
  const { reuse } = codecFor(wire);
  const request = call.requestFor({ wire, model: model ?? "auto", contextWindow: undefined });
  const repeats = reuse.repeats(request.body);
  if (repeats === "never" || (repeats === "if-asked" && cache === undefined)) return undefined;
  const keeper = call.writesContext ? (call.agentId ?? "") : undefined;
  const key = canonicalHash({ tenant, keeper, wire, stream: call.stream, ...telling(request, model) });
  return { key, tenant, keeper, request };
}

/** What of a request tells it from others. */
function telling({ wire, body, headers = {} }: WireRequest, model: string | undefined) {
  const { silentFields, silentHeaders } = codecFor(wire).reuse;
  return {
    headers: without(headers, silentHeaders),
    body: { ...without(body, silentFields), model: model ?? "auto" },
  };
}

function without(fields: Readonly<Record<string, unknown>>, names: ReadonlySet<string>) {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.has(name)));
}

/**
 * What calls have in common that may answer each other's questions: everything in the key, and who asks in which group,
 * but for the question itself.
 */
export function questionScope(
  call: ScheduledCall,
  { request, tenant, keeper }: RepeatableCall,
): { readonly text: string; readonly scope: string } | undefined {
  const { wire, model, stream, agentId, group } = call;
  const question = codecFor(wire).reuse.question(request.body);
  if (question === undefined) return undefined;
  const rest = telling({ ...request, body: question.rest }, model);
  return {
    text: question.text,
    scope: canonicalHash({ tenant, keeper, agentId, group, wire, stream, ...rest }),
  };
}
