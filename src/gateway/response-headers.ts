import type { Answer } from "../dispatch.ts";

type Headers = Readonly<Record<string, string>>;

/** Headers of an upstream that are meant for the caller. Everything else stays: cookies, hop-by-hop, encodings. */
const RELAYED = ["retry-after", "retry-after-ms", "x-should-retry", "openai-processing-ms", "openai-version"];

export function relayedHeaders(upstream: Headers): Headers {
  const relayed = Object.entries(upstream)
    .map(([name, value]) => [name.toLowerCase(), toHeaderValue(value)] as const)
    .filter(([name]) => RELAYED.includes(name) || name.startsWith("x-ratelimit-"));
  return Object.fromEntries(relayed);
}

/** An upstream may name anything a model: what does not fit into a head would cost the caller the answer. */
const LONGEST_NAME = 256;

/** What we say of a call, beside the upstream's answer. */
export function answerHeaders(answer: Answer, elapsedMs: number): Headers {
  const { report } = answer;
  return {
    "x-request-id": answer.callId,
    "x-pc-deployment": toHeaderValue(answer.deployment),
    ...(answer.servedModel !== undefined && {
      "x-pc-served-model": toHeaderValue(answer.servedModel.slice(0, LONGEST_NAME)),
    }),
    "x-pc-attempts": String(answer.attempts),
    "x-pc-cache": answer.cache,
    ...(answer.costUsd !== undefined && { "x-pc-cost-usd": toDecimal(answer.costUsd) }),
    "x-pc-overhead-ms": String(Math.max(0, Math.round(elapsedMs - answer.upstreamMs))),
    ...(answer.dropped.length > 0 && { "x-pc-dropped": toHeaderValue(answer.dropped.join(", ")) }),
    ...(report && {
      "x-pc-tokens-before": String(report.tokensBefore),
      "x-pc-tokens-after": String(report.tokensAfter),
      ...contextIds(report.segments.flatMap(({ sources }) => sources ?? []).map(({ id }) => id)),
    }),
  };
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

/** Any text as a header value: printable ASCII as it is, everything else as percent-encoded UTF-8. */
export function toHeaderValue(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
      .join(""),
  );
}
