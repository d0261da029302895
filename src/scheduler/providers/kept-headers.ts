/** Headers of an answer that mean something to us or to the caller. */
const KEPT: ReadonlySet<string> = new Set([
  "content-type",
  "retry-after",
  "retry-after-ms",
  "x-ms-retry-after-ms",
  "x-should-retry",
  "x-request-id",
  "openai-processing-ms",
  "openai-version",
  "openai-model",
]);

const KEPT_PREFIX = /^(?:x|anthropic)-ratelimit-/;

/**
 * The headers of an upstream that are kept; all others go: cookies, what is for one hop, who the account belongs to.
 * Names in lower case.
 */
export function keptHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    if (!KEPT.has(name) && !KEPT_PREFIX.test(name)) continue;
    const value = headers[name];
    if (value !== undefined) kept[name] = typeof value === "string" ? value : value.join(", ");
  }
  return kept;
}
