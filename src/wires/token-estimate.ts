/** Of text in most languages, code and JSON, to be nearer than not. */
const BYTES_PER_TOKEN = 4;

/** How many tokens some texts are, roughly, told from their length. */
export function estimateTokens(texts: Iterable<string>): number {
  let bytes = 0;
  for (const text of texts) bytes += Buffer.byteLength(text);
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}
