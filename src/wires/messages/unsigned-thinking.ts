/**
 * Reasoning of a model that signs none, as thinking. Clients of this wire want a signature on each block and send it back
 * with the block; an empty one says that it is ours. Whoever checks signatures must not see it (defect 35).
 */
import { editRequest } from "../edit.ts";
import { asArray, asRecord } from "../read.ts";
import type { WireBody, WireRequest } from "../wire.ts";

/** The signature of what nobody signed. */
export const NO_SIGNATURE = "";

/** Whether a block is thinking that nobody signed. */
export function isUnsigned(block: unknown): boolean {
  const { type, signature } = asRecord(block) ?? {};
  return type === "thinking" && (signature === undefined || signature === NO_SIGNATURE);
}

/** The request without it; itself where there is none. */
export function withoutUnsigned(request: WireRequest): WireRequest {
  const messages = asArray(request.body["messages"]);
  if (!messages.some((message) => blocks(message).some(isUnsigned))) return request;
  const signed = messages.map((message) =>
    blocks(message).some(isUnsigned)
      ? { ...(message as WireBody), content: blocks(message).filter((block) => !isUnsigned(block)) }
      : message,
  );
  return editRequest(request, { set: { messages: signed.filter(isNotEmpty) } });
}

function blocks(message: unknown): readonly unknown[] {
  return asArray(asRecord(message)?.["content"]);
}

function isNotEmpty(message: unknown): boolean {
  const content = asRecord(message)?.["content"];
  return !Array.isArray(content) || content.length > 0;
}
