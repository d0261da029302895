type Headers = Readonly<Record<string, string>>;

/** Headers of an upstream that are meant for the caller. Everything else stays: cookies, hop-by-hop, encodings. */
const RELAYED = ["retry-after", "retry-after-ms", "x-should-retry", "openai-processing-ms", "openai-version"];

export function relayedHeaders(upstream: Headers): Headers {
  const relayed = Object.entries(upstream)
    .map(([name, value]) => [name.toLowerCase(), toHeaderValue(value)] as const)
    .filter(([name]) => RELAYED.includes(name) || /^(?:x|anthropic)-ratelimit-/.test(name));
  return Object.fromEntries(relayed);
}

/** Any text as a header value: printable ASCII as it is, everything else as percent-encoded UTF-8. */
export function toHeaderValue(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
      .join(""),
  );
}
