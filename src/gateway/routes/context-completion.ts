import { answerCall } from "../answer.ts";
import { readCall } from "../call.ts";
import type { Exchange } from "../exchange.ts";

/**
 * `POST /v1/pc/context-aware-completion`: a chat request with a `pc` object that says how to compile it. The answer
 * carries the compile report unless `explain` is false.
 */
export async function contextCompletion(exchange: Exchange): Promise<void> {
  const { request, context } = await readCall(exchange, "chat");
  await answerCall(exchange, { request, context: { ...context, explain: context.explain ?? true } });
}
