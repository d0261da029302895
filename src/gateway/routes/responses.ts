import { answerCall } from "../answer.ts";
import { readCall } from "../call.ts";
import type { Exchange } from "../exchange.ts";

/** `POST /v1/responses`, whole or streamed. */
export async function createResponse(exchange: Exchange): Promise<void> {
  await answerCall(exchange, await readCall(exchange, "responses"));
}
