import { answerCall } from "../answer.ts";
import { readCall } from "../call.ts";
import { type Exchange, sendJson } from "../exchange.ts";
import { countHeaders } from "../response-headers.ts";

/** `POST /v1/messages`, Anthropic's, whole or streamed. */
export async function messages(exchange: Exchange): Promise<void> {
  await answerCall(exchange, await readCall(exchange, "messages"));
}

/** `POST /v1/messages/count_tokens`: how many tokens the model would read. */
export async function countTokens(exchange: Exchange): Promise<void> {
  const { request, context } = await readCall(exchange, "messages");
  const count = await exchange.compiler.countTokens(request, context, exchange.requestId);
  sendJson(exchange, { input_tokens: count.tokens }, countHeaders(count));
}
