import { answerCall } from "../answer.ts";
import { readCall } from "../call.ts";
import type { Exchange } from "../exchange.ts";

/** `POST /v1/embeddings`. */
export async function embeddings(exchange: Exchange): Promise<void> {
  await answerCall(exchange, await readCall(exchange, "embeddings"));
}
