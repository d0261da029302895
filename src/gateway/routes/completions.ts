import { answerCall } from "../answer.ts";
import { readCall } from "../call.ts";
import type { Exchange } from "../exchange.ts";

/** `POST /v1/completions`, the legacy route, whole or streamed. */
export async function completions(exchange: Exchange): Promise<void> {
  await answerCall(exchange, await readCall(exchange, "completions"));
}
