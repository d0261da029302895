import { PromptCompilerError } from "../../errors.ts";
import { faultOf } from "../check-request.ts";
import { editRequest } from "../edit.ts";
import { asArray, asRecord, asString, isRecord } from "../read.ts";
import { type ElementPlan, replaceElements } from "../replace-elements.ts";
import type { MessagePlan, WireBody, WireMessage, WireRequest, WireToolResult } from "../wire.ts";
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

/** Results of tools that are one text and no errors. */
export function readToolResults(body: WireBody): readonly WireToolResult[] {
  const offset = hasSystem(body) ? 1 : 0;
  return asArray(body["messages"]).flatMap((message, index) =>
    asArray(asRecord(message)?.["content"])
      .filter(isRecord)
      .flatMap((block) => {
        const id = asString(block["tool_use_id"]);
        const text = onlyText(block);
        return id === undefined || text === undefined ? [] : [{ message: index + offset, id, text }];
      }),
  );
}

function onlyText({ type, content, is_error }: WireBody): string | undefined {
  if (type !== "tool_result" || is_error === true) return undefined;
  const [first, ...others] = blocksOf(content);
  return first?.["type"] === "text" && others.length === 0 ? asString(first["text"]) : undefined;
}

function withResults(message: WireRequest, results: ReadonlyMap<string, string>): WireRequest {
  const blocks = asArray(message.body["content"]).map((_, keep): ElementPlan => {
    return { keep, change: (block) => withResult(block, results) };
  });
  return replaceElements(message, "content", blocks);
}

/** A text keeps its form, so that a breakpoint of the caller's on it stays. */
function withResult(block: WireRequest, results: ReadonlyMap<string, string>): WireRequest {
  const { type, tool_use_id, content } = block.body;
  const text = type === "tool_result" ? results.get(asString(tool_use_id) ?? "") : undefined;
  if (text === undefined) return block;
  if (typeof content === "string") return editRequest(block, { set: { content: text } });
  const change = (part: WireRequest): WireRequest => editRequest(part, { set: { text } });
  return replaceElements(block, "content", [{ keep: 0, change }]);
}

/** Whether there is a system prompt, which stands beside the messages. */
export function hasSystem({ system }: WireBody): boolean {
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
    const { keep, results } = entry;
    if (keep < offset) return [];
    const change = results && ((message: WireRequest) => withResults(message, results));
    return [{ keep: keep - offset, change }];
  });
  const keepsSystem = plan.some((entry) => "keep" in entry && entry.keep < offset);
  const replaced = replaceElements(request, "messages", elements);
  return offset === 0 || keepsSystem ? replaced : editRequest(replaced, { remove: ["system"] });
}
