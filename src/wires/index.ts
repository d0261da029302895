import { chatCodec } from "./chat/codec.ts";
import { embeddingsCodec } from "./embeddings/codec.ts";
import type { Wire, WireCodec } from "./wire.ts";

const codecs: Readonly<Record<Wire, WireCodec>> = { chat: chatCodec, embeddings: embeddingsCodec };

/** The codec of a wire. */
export function codecFor(wire: Wire): WireCodec {
  return codecs[wire];
}
