/** @throws TypeError naming the option and its value */
export function checkPrefix(prefix: string): void {
  if (typeof prefix === "string" && /^(?:\/[^/?#]+)*$/.test(prefix)) return;
  throw new TypeError(
    `pcMiddleware: prefix must be a path like "/ai", without a slash at its end, got ${JSON.stringify(prefix)}`,
  );
}

/** @returns `undefined` where the url is not under that prefix */
export function withoutPrefix(url: string, prefix: string): string | undefined {
  if (!url.startsWith(prefix)) return undefined;
  const rest = url.slice(prefix.length);
  return rest.startsWith("/") ? rest : undefined;
}
