/** A vector as OpenAI's embeddings give it with `encoding_format: "base64"`: float32, the least byte first (wire 44). */
export function toBase64(vector: ArrayLike<number>): string {
  const bytes = Buffer.alloc(4 * vector.length);
  for (let index = 0; index < vector.length; index += 1) bytes.writeFloatLE(vector[index] ?? 0, 4 * index);
  return bytes.toString("base64");
}
