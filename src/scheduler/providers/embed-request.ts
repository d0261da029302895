import type { EmbeddingResponse } from "../../chat.ts";
import type { Embedder } from "../../embedder.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import { toBase64 } from "../../wires/embeddings/base64.ts";
import type { WireBody } from "../../wires/wire.ts";
import { refuse } from "./refuse.ts";

/** OpenAI's own limit. */
const MOST_INPUTS = 2048;

/** Of all inputs together; about what OpenAI takes in one request. These vectors are made here, while others wait. */
const MOST_CHARACTERS = 1_000_000;

/**
 * Answers a request for embeddings in OpenAI's shape (wire 43–45).
 *
 * @param provider - its name, for messages
 * @throws ProviderError "invalid-request" naming the field
 */
export function embedRequest(
  body: WireBody,
  provider: string,
  embedder: Embedder,
  tokenizer: Tokenizer,
): EmbeddingResponse {
  const texts = readInput(body["input"], provider);
  const dimensions = readDimensions(body["dimensions"], provider, embedder.dimensions);
  const asBase64 = readFormat(body["encoding_format"], provider) === "base64";
  const vectors = embedder.embed(texts).map((vector) => shorten(vector, dimensions));
  const tokens = texts.reduce((sum, text) => sum + tokenizer.count(text), 0);
  return {
    object: "list",
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: asBase64 ? toBase64(vector) : Array.from(vector),
    })),
    model: embedder.name,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function readInput(input: unknown, provider: string): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (texts.length === 0 || texts.length > MOST_INPUTS) {
    throw refuse(
      provider,
      "input",
      `must be 1 to ${MOST_INPUTS} texts, got ${texts.length}`,
      "invalid_value",
    );
  }
  const characters = texts.reduce<number>(
    (sum, text) => sum + (typeof text === "string" ? text.length : 0),
    0,
  );
  if (characters > MOST_CHARACTERS) {
    const message = `must have at most ${MOST_CHARACTERS} characters in all, got ${characters}`;
    throw refuse(provider, "input", message, "invalid_value");
  }
  return texts.map((text, index) => {
    if (typeof text === "string" && text !== "") return text;
    const param = Array.isArray(input) ? `input[${index}]` : "input";
    const isTokens = typeof text === "number" || Array.isArray(text);
    const message = isTokens
      ? "token ids cannot be read by this model, send the text"
      : "must be a string that is not empty";
    throw refuse(provider, param, message, isTokens ? "unsupported_value" : "invalid_value");
  });
}

function readDimensions(value: unknown, provider: string, most: number): number {
  if (value === undefined || value === null) return most;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw refuse(provider, "dimensions", `must be an integer from 1 to ${most}`, "invalid_value");
}

function readFormat(value: unknown, provider: string): "float" | "base64" {
  if (value === undefined || value === null || value === "float") return "float";
  if (value === "base64") return "base64";
  throw refuse(provider, "encoding_format", `must be "float" or "base64"`, "invalid_value");
}

/** The first `dimensions` numbers, at norm 1 again; all zeros stay zeros. */
function shorten(vector: Float32Array, dimensions: number): Float32Array {
  if (dimensions === vector.length) return vector;
  const first = vector.subarray(0, dimensions);
  const norm = Math.hypot(...first);
  return norm === 0 ? first : first.map((value) => value / norm);
}
