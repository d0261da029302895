import { PromptCompilerError } from "../../errors.ts";
import { faultOf } from "../check-request.ts";
import { editRequest } from "../edit.ts";
import { asArray, asRecord, asString } from "../read.ts";
import { type ElementPlan, replaceElements } from "../replace-elements.ts";
import type { MessagePlan, WireBody, WireMessage, WireRequest } from "../wire.ts";
import { allBlocks, blocksOf, MEDIA, textOf } from "./blocks.ts";
import { messagesRequest } from "./schemas.ts";

/** @throws PromptCompilerError `PC_INVALID_REQUEST` if there are no messages or one of them is not a message */
export function checkMessages(body: WireBody): void {
  const fault = faultOf(messagesRequest, body);
  if (fault === undefined) return;
  const { param, problem, expected } = fault;
  const what = { missing: "field required", empty: "must not be empty", wrong: expected, unknown: expected }[
    problem
  ];
  throw new PromptCompilerError("PC_INVALID_REQUEST", `${param}: ${what}`, { param });
}

/** The messages of a request; the system prompt, which stands beside them in this wire, is the first. */
export function readMessages(body: WireBody): readonly WireMessage[] {
  const messages = asArray(body["messages"]).map((message) => readMessage(asRecord(message) ?? {}));
  return hasSystem(body) ? [said("system", body["system"]), ...messages] : messages;
}

function hasSystem({ system }: WireBody): boolean {
  return system !== undefined && system !== null;
}

/** One message, of a request or an answer. What holds results of tools is the tools', whatever else is in it. */
export function readMessage({ role, content }: WireBody): WireMessage {
  const message = said(role === "assistant" || role === "system" ? role : "user", content);
  return message.toolResultsFor.length > 0 ? { ...message, role: "tool" } : message;
}

function said(role: WireMessage["role"], content: unknown): WireMessage {
  const blocks = blocksOf(content);
  return {
    role,
    text: textOf(content),
    toolCalls: blocks
      .filter(({ type }) => type === "tool_use")
      .map(({ id, name, input }) => ({
        id: asString(id) ?? "",
        name: asString(name) ?? "",
        input: JSON.stringify(input ?? {}),
      })),
    toolResultsFor: blocks
      .filter(({ type }) => type === "tool_result")
      .map((block) => asString(block["tool_use_id"]) ?? ""),
    mediaParts: allBlocks(content).filter(({ type }) => MEDIA.has(type)).length,
  };
}

/** The request with other messages: kept ones keep their bytes, inserted ones are the user's. */
export function replaceMessages(request: WireRequest, plan: readonly MessagePlan[]): WireRequest {
  const offset = hasSystem(request.body) ? 1 : 0;
  const elements = plan.flatMap((entry): ElementPlan[] => {
    if ("insert" in entry) return [{ insert: { role: "user", content: entry.insert } }];
    return entry.keep < offset ? [] : [{ keep: entry.keep - offset }];
  });
  const keepsSystem = plan.some((entry) => "keep" in entry && entry.keep < offset);
  const replaced = replaceElements(request, "messages", elements);
  return offset === 0 || keepsSystem ? replaced : editRequest(replaced, { remove: ["system"] });
}
