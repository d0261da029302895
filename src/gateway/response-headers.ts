import type { TokenCount } from "../count-tokens.ts";
import type { Answer } from "../dispatch.ts";
import { relayedHeaders, toHeaderValue } from "../relayed-headers.ts";
import { codecFor } from "../wires/index.ts";
import type { Wire } from "../wires/wire.ts";

type Headers = Readonly<Record<string, string>>;

/** An upstream may name anything a model: what does not fit into a head would cost the caller the answer. */
const LONGEST_NAME = 256;

/** The name of a request: as everything else of ours has it, and as clients of the wire look for it (wire 51). */
export function requestIdHeaders(requestId: string, wire: Wire): Headers {
  return { "x-request-id": requestId, [codecFor(wire).requestIdHeader]: requestId };
}

/** What we say of a call, beside the upstream's answer. */
export function answerHeaders(answer: Answer, elapsedMs: number, wire: Wire): Headers {
  const { report } = answer;
  return {
    ...requestIdHeaders(answer.callId, wire),
    "x-pc-deployment": toHeaderValue(answer.deployment),
    ...(answer.servedModel !== undefined && {
      "x-pc-served-model": toHeaderValue(answer.servedModel.slice(0, LONGEST_NAME)),
    }),
    "x-pc-attempts": String(answer.attempts),
    "x-pc-cache": answer.cache,
    ...(answer.costUsd !== undefined && { "x-pc-cost-usd": toDecimal(answer.costUsd) }),
    "x-pc-overhead-ms": String(Math.max(0, Math.round(elapsedMs - answer.upstreamMs))),
    ...named("x-pc-dropped", answer.dropped),
    ...named("x-pc-changed", answer.changed),
    ...(report && {
      "x-pc-tokens-before": String(report.tokensBefore),
      "x-pc-tokens-after": String(report.tokensAfter),
      ...contextIds(report.segments.flatMap(({ sources }) => sources ?? []).map(({ id }) => id)),
    }),
  };
}

/** Who counted tokens: a deployment's vendor or, by the named tokenizer, we. */
export function countHeaders({ deployment, tokenizer }: TokenCount): Headers {
  return deployment === undefined
    ? { "x-pc-tokenizer": tokenizer }
    : { "x-pc-deployment": toHeaderValue(deployment) };
}

/** What is never shown as a page of ours: an upstream wrote it. */
const PAGE = /html|xml|script|^$/i;

/** The head of an answer that is handed on as bytes. */
export function forwardedHeaders(
  upstream: Headers,
  { deployment, requestId }: { readonly deployment: string; readonly requestId: string },
): Headers {
  const contentType = toHeaderValue(upstream["content-type"] ?? "");
  return {
    ...relayedHeaders(upstream),
    "content-type": PAGE.test(contentType) ? "application/octet-stream" : contentType,
    "x-content-type-options": "nosniff",
    "x-request-id": requestId,
    "x-pc-deployment": toHeaderValue(deployment),
  };
}

/** Paths into a request can be long, and there can be one for every keyword of every tool. */
const MOST_NAMES = 64;

/** A list of names, where there are any; of a long one its beginning, and how much more there is. */
function named(header: string, names: readonly string[] = []): Headers {
  if (names.length === 0) return {};
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : "";
  return { [header]: toHeaderValue(names.slice(0, MOST_NAMES).join(", ") + more) };
}

/** To a billionth, which is less than any token costs; never in powers of ten. */
function toDecimal(usd: number): string {
  return usd.toFixed(9).replace(/\.?0+$/, "");
}

/** Clients refuse answers with more than some 16 KB of headers; the report has all ids. */
const MOST_CONTEXT_IDS = 64;

function contextIds(ids: readonly string[]): Headers {
  if (ids.length === 0) return {};
  return { "x-pc-context-ids": toHeaderValue(ids.slice(0, MOST_CONTEXT_IDS).join(", ")) };
}

/** What a stream says of itself, so that nothing on the way holds it back (wire 18). */
export const STREAM_HEADERS: Headers = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};
