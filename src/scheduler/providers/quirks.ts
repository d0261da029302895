/**
 * What vendors of OpenAI's wire are known to do otherwise: the parameters they reject, and the statuses that mean something
 * else there. A row needs a source; a parameter that merely has no effect, or that some models of a vendor reject, is not
 * in it.
 *
 * `max_tokens` and `max_completion_tokens` are in no row, though some vendors reject one of them: leaving a limit out
 * would make an answer longer than the caller allowed, and a refusal is the lesser evil.
 */

import type { StatusKinds } from "./failure-kind.ts";

interface Quirk {
  /** The vendor's host; its subdomains are meant too. */
  readonly host: string;
  /** Parameters answered with 400 or 422. */
  readonly rejects?: readonly string[];
  readonly statuses?: StatusKinds;
  readonly source: string;
}

const quirks: readonly Quirk[] = [
  {
    host: "api.groq.com",
    rejects: ["logit_bias", "logprobs", "top_logprobs"],
    source: "https://console.groq.com/docs/openai",
  },
  {
    // Usage comes at the end of each stream without being asked for.
    host: "api.mistral.ai",
    rejects: ["store", "stream_options"],
    source: "https://docs.mistral.ai/api/ lists neither, and all else is refused as extra_forbidden",
  },
  {
    // An aggregator: a route to the model is gone for the moment, which the next one may not be. A model that there is not
    // is a 400 there.
    host: "openrouter.ai",
    statuses: { 404: "conflict" },
    source: "https://github.com/Agent-Field/agentfield/issues/588",
  },
];

/** The parameters that the vendor at this host rejects; empty for one without quirks. */
export function rejectedBy(host: string): readonly string[] {
  return quirkOf(host)?.rejects ?? [];
}

/** What statuses mean at this host, where that is not what they mean elsewhere. */
export function statusesOf(host: string): StatusKinds {
  return quirkOf(host)?.statuses ?? {};
}

function quirkOf(host: string): Quirk | undefined {
  return quirks.find((quirk) => host === quirk.host || host.endsWith(`.${quirk.host}`));
}
