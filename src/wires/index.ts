import { chatCodec } from "./chat/codec.ts";
import { completionsCodec } from "./completions/codec.ts";
import { embeddingsCodec } from "./embeddings/codec.ts";
import { geminiCodec } from "./gemini/codec.ts";
import { geminiEmbeddingsCodec } from "./gemini-embeddings/codec.ts";
import { messagesCodec } from "./messages/codec.ts";
import { responsesCodec } from "./responses/codec.ts";
import type { Wire, WireCodec } from "./wire.ts";

const codecs: Readonly<Record<Wire, WireCodec>> = {
  chat: chatCodec,
  completions: completionsCodec,
  responses: responsesCodec,
  embeddings: embeddingsCodec,
  messages: messagesCodec,
  gemini: geminiCodec,
  "gemini-embeddings": geminiEmbeddingsCodec,
};

export { translationTo, understands } from "./translations.ts";

/** The codec of a wire. */
export function codecFor(wire: Wire): WireCodec {
  return codecs[wire];
}
