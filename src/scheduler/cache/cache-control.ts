/** What a caller asks of the response caches: `X-PC-Cache`, after HTTP's Cache-Control (RFC 9111). */
export interface CacheControl {
  /**
   * "default": an answer from the cache will do. "no-cache": a fresh one, which is then kept. "no-store": nothing is
   * looked up and nothing kept. "only-if-cached": an answer from the cache, or none.
   */
  readonly mode: "default" | "no-cache" | "no-store" | "only-if-cached";
  /** The oldest an answer may be. */
  readonly maxAgeSeconds: number | undefined;
}

/** "no-store", "default; max-age=60", "max-age=60"; `undefined` for anything else. */
export function parseCacheControl(text: string): CacheControl | undefined {
  const match = /^(default|no-cache|no-store|only-if-cached)?(?:(?:^| *; *)max-age=(\d{1,10}))?$/.exec(
    text.trim().toLowerCase(),
  );
  if (match === null || match[0] === "") return undefined;
  const [, mode = "default", maxAge] = match;
  return {
    mode: mode as CacheControl["mode"],
    maxAgeSeconds: maxAge === undefined ? undefined : Number(maxAge),
  };
}
