/**
 * The encoding of vectors that a caller asked for, whatever the vendor makes of it (wire 44): text in base64 of 32-bit
 * floats, little-endian, or numbers. An answer that has what was asked for comes back itself.
 */
import { type Adapted, UNCHANGED } from "../adapted.ts";
import { asArray, isRecord } from "../read.ts";
import type { WireBody, WireRequest } from "../wire.ts";

const BYTES_PER_FLOAT = 4;

/** A request for embeddings as it is, with an answer in the encoding it asks for. */
export function adaptEmbeddings(request: WireRequest): Adapted {
  const encode = request.body["encoding_format"] === "base64" ? toBase64 : toFloats;
  return {
    ...UNCHANGED,
    request,
    answer(body) {
      const data = asArray(body["data"]);
      const encoded = data.map((vector) => encodeVector(vector, encode));
      return encoded.every((vector, index) => vector === data[index]) ? body : { ...body, data: encoded };
    },
  };
}

function encodeVector(vector: unknown, encode: (embedding: unknown) => unknown): unknown {
  if (!isRecord(vector)) return vector;
  const embedding = encode(vector["embedding"]);
  return embedding === vector["embedding"] ? vector : ({ ...vector, embedding } satisfies WireBody);
}

/**
 * Numbers as base64; anything else comes back itself.
 *
 * @example
 * toBase64([1, -2]); // "AACAPwAAAMA="
 */
export function toBase64(embedding: unknown): unknown {
  if (!Array.isArray(embedding) || !embedding.every((value) => typeof value === "number")) return embedding;
  const bytes = Buffer.alloc(BYTES_PER_FLOAT * embedding.length);
  for (const [index, value] of embedding.entries()) bytes.writeFloatLE(value, BYTES_PER_FLOAT * index);
  return bytes.toString("base64");
}

/** Base64 as numbers; anything else comes back itself, and so does text that is not whole floats. */
export function toFloats(embedding: unknown): unknown {
  if (typeof embedding !== "string") return embedding;
  const bytes = Buffer.from(embedding, "base64");
  if (bytes.length % BYTES_PER_FLOAT !== 0) return embedding;
  return Array.from({ length: bytes.length / BYTES_PER_FLOAT }, (_, index) =>
    bytes.readFloatLE(BYTES_PER_FLOAT * index),
  );
}
