/**
 * Embeddings for Google's Gemini. It reads texts only, and gives numbers only: what OpenAI's clients ask for as base64 is
 * made of them here (wire 44). Usage is told where Gemini tells it.
 */
import { PromptCompilerError } from "../../errors.ts";
import { type Drop, dropOthers } from "../drop.ts";
import { readUsage } from "../gemini/usage.ts";
import { asArray, asRecord } from "../read.ts";
import type { Translation } from "../translation.ts";
import type { WireBody } from "../wire.ts";
import { toBase64 } from "./base64.ts";
import { readInputs } from "./inputs.ts";

const KNOWN: ReadonlySet<string> = new Set(["model", "input", "dimensions", "encoding_format"]);

export const embeddingsToGemini: Translation = {
  from: "embeddings",
  to: "gemini-embeddings",
  translate({ body }) {
    const { model, dimensions } = body;
    const dropped = new Set<string>();
    const drop: Drop = (path) => void dropped.add(path);
    dropOthers(body, KNOWN, "", drop);
    const size = dimensions === undefined || dimensions === null ? {} : { outputDimensionality: dimensions };
    const requests = textsOf(body).map((text) => ({ content: { parts: [{ text }] }, ...size }));
    return {
      request: { wire: "gemini-embeddings", body: { model, requests } },
      dropped: [...dropped],
      answer: (answer) => toEmbeddings(answer, body),
      frames: () => ({ push: (frame) => [frame], end: () => [] }),
    };
  },
};

function textsOf(body: WireBody): readonly string[] {
  const inputs = readInputs(body) ?? [];
  const texts = inputs.filter((input) => typeof input === "string");
  if (inputs.length > 0 && texts.length === inputs.length) return texts;
  const message = "the deployment embeds texts: it takes no token ids";
  throw new PromptCompilerError("PC_INVALID_REQUEST", message, {
    param: "input",
    wireCode: "unsupported_value",
  });
}

function toEmbeddings(answer: WireBody, { model, encoding_format }: WireBody): WireBody {
  const { inputTokens } = readUsage(answer["usageMetadata"]) ?? {};
  return {
    object: "list",
    data: asArray(answer["embeddings"]).map((embedding, index) => {
      const values = asArray(asRecord(embedding)?.["values"]).map(Number);
      return {
        object: "embedding",
        index,
        embedding: encoding_format === "base64" ? toBase64(values) : values,
      };
    }),
    model,
    ...(inputTokens !== undefined && { usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } }),
  };
}
