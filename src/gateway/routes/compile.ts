import type { ChatRequest } from "../../chat.ts";
import { codecFor } from "../../wires/index.ts";
import { readCall } from "../call.ts";
import { type Exchange, sendJson } from "../exchange.ts";

/** `POST /v1/pc/compile`, the dry run: a chat request in, what would be sent and why out. Sends nothing upstream. */
export async function compile(exchange: Exchange): Promise<void> {
  const { request, context } = await readCall(exchange, "chat");
  codecFor("chat").check(request.body);
  sendJson(exchange, await exchange.compiler.compile(request.body as unknown as ChatRequest, context));
}
