/** Whether a content type says JSON: `application/json`, or a type built on it. */
export function isJsonType(contentType: string | readonly string[] | undefined): boolean {
  return typeof contentType === "string" && /^application\/(?:[\w.+-]+\+)?json *(?:;|$)/i.test(contentType);
}
