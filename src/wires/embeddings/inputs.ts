import type { WireBody } from "../wire.ts";

/** One text, or the token ids of one. */
export type EmbeddingInput = string | readonly number[];

/**
 * The inputs of a request, one for each vector of its answer, whichever of the wire's four spellings it uses: a text,
 * texts, token ids, or arrays of token ids. `undefined` where the texts and the token ids are mixed, or it is none of these.
 */
export function readInputs({ input }: WireBody): readonly EmbeddingInput[] | undefined {
  if (typeof input === "string") return [input];
  if (isTokens(input)) return [input];
  return isListOf(input, isText) || isListOf(input, isTokens) ? input : undefined;
}

function isTokens(value: unknown): value is readonly number[] {
  return isListOf(value, (each) => typeof each === "number");
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isListOf<T>(value: unknown, isElement: (each: unknown) => each is T): value is readonly T[] {
  return Array.isArray(value) && value.length > 0 && value.every(isElement);
}

/** The same request for other inputs. */
export function withInputs(body: WireBody, inputs: readonly EmbeddingInput[]): WireBody {
  return { ...body, input: inputs };
}

/** What requests must have in common to be one: all but their inputs, and whether these are texts. */
export function settingsOf(body: WireBody, [first]: readonly EmbeddingInput[]): string {
  const settings = Object.entries(body).filter(([name]) => name !== "input");
  return JSON.stringify([typeof first, settings.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

export const BYTES_PER_TOKEN = 3;

/**
 * Tokens of an input, rather too many than too few: a token for three bytes of UTF-8. English has four letters to a
 * token, Chinese a sign of three bytes.
 */
export function estimateTokens(input: EmbeddingInput): number {
  return typeof input === "string"
    ? Math.max(1, Math.ceil(Buffer.byteLength(input) / BYTES_PER_TOKEN))
    : input.length;
}
