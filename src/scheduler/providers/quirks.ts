/**
 * What vendors of OpenAI's wire are known to reject. A row needs a source; a parameter that merely has no effect, or
 * that some models of a vendor reject, is not in it.
 *
 * `max_tokens` and `max_completion_tokens` are in no row, though some vendors reject one of them: leaving a limit out
 * would make an answer longer than the caller allowed, and a refusal is the lesser evil.
 */

interface Quirk {
  /** The vendor's host; its subdomains are meant too. */
  readonly host: string;
  /** Parameters answered with 400 or 422. */
  readonly rejects: readonly string[];
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
];

/** The parameters that the vendor at this host rejects; empty for one without quirks. */
export function rejectedBy(host: string): readonly string[] {
  return quirks.find((quirk) => host === quirk.host || host.endsWith(`.${quirk.host}`))?.rejects ?? [];
}
