/** What a caller asks of the response caches: `X-PC-Cache`, after HTTP's Cache-Control (RFC 9111). */
interface CacheControl {
  /** "only-if-cached": an answer from the cache, or 504. */
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
