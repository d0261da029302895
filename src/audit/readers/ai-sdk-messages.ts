/** Messages of Vercel's AI SDK, a model's (`ModelMessage`) and a chat's (`UIMessage`), as messages of a chat completion. */
import { asArray, asRecord, asString, isRecord } from "../../wires/read.ts";
import type { WireBody } from "../../wires/wire.ts";

/** Whether only the SDK writes a message like this. */
export function isSdkMessage(message: unknown): boolean {
  const parts = asArray(asRecord(message)?.["content"]);
  return isUiMessage(message) || parts.some((part) => asString(asRecord(part)?.["toolCallId"]) !== undefined);
}

/** Whether it is a message of a chat. Gemini's have `parts` as well, of no type. */
export function isUiMessage(message: unknown): message is WireBody {
  if (!isRecord(message) || typeof message["role"] !== "string" || !Array.isArray(message["parts"]))
    return false;
  return message["parts"].every((part) => asString(asRecord(part)?.["type"]) !== undefined);
}

/** A message in those of a model, by step: what is not of a chat is one step as it is. */
export function stepsOf(message: WireBody): readonly (readonly WireBody[])[] {
  if (!isUiMessage(message)) return [[message]];
  const { role } = message;
  const steps: WireBody[][] = [[]];
  for (const part of asArray(message["parts"]).filter(isRecord)) {
    if (part["type"] === "step-start") steps.push([]);
    else if (!isShownOnly(part)) steps.at(-1)?.push(part);
  }
  return steps
    .filter((parts) => parts.length > 0)
    .map((parts) => [{ role, content: parts.flatMap(toModelParts) }]);
}

/** Parts that a program or a provider's search puts beside what the model says. */
function isShownOnly({ type }: WireBody): boolean {
  return typeof type === "string" && (type.startsWith("data-") || type.startsWith("source-"));
}

/** Messages of both kinds as those of a chat completion; results of tools are messages of their own. */
export function toChat(messages: readonly WireBody[]): readonly WireBody[] {
  return messages
    .flatMap((message) => (isUiMessage(message) ? stepsOf(message).flat() : message))
    .flatMap(toChatMessages);
}

function toChatMessages({ role, content }: WireBody): readonly WireBody[] {
  if (typeof content === "string") return [{ role, content }];
  const parts = asArray(content).filter(isRecord);
  const said = parts.flatMap(toContentPart);
  const calls = parts.filter(({ type }) => type === "tool-call").map(toToolCall);
  const results = parts.filter(({ type }) => type === "tool-result").map(toToolMessage);
  const text = said.every(({ type }) => type === "text") ? said.map(({ text }) => text).join("\n") : said;
  const isSaid = said.length > 0 || calls.length > 0;
  const spoken = {
    role,
    content: said.length > 0 ? text : null,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return isSaid ? [spoken, ...results] : results;
}

/** A part of a chat's message as the SDK sends it to the model; what it shows and does not send is left out. */
function toModelParts(part: WireBody): readonly WireBody[] {
  const { type, toolCallId, input, output, errorText } = part;
  if (type === "text" || type === "file") return [part];
  const isTool = typeof type === "string" && (type === "dynamic-tool" || type.startsWith("tool-"));
  if (!isTool || part["state"] === "input-streaming") return [];
  const toolName = type === "dynamic-tool" ? part["toolName"] : type.slice("tool-".length);
  const call = { type: "tool-call", toolCallId, toolName, input: input ?? part["rawInput"] };
  if (part["state"] === "output-available") {
    const value =
      typeof output === "string" ? { type: "text", value: output } : { type: "json", value: output };
    return [call, { type: "tool-result", toolCallId, output: value }];
  }
  const refused = errorText ?? asRecord(part["approval"])?.["reason"];
  const isOver = part["state"] === "output-error" || part["state"] === "output-denied";
  return isOver
    ? [call, { type: "tool-result", toolCallId, output: { type: "error-text", value: refused } }]
    : [call];
}

/** What a chat can say of a part: text, and files by their address or data. Reasoning it cannot say. */
function toContentPart(part: WireBody): readonly WireBody[] {
  const { type, text, mediaType, filename } = part;
  if (type === "text") return [{ type, text: asString(text) ?? "" }];
  if (type !== "file" && type !== "image") return [];
  const data = asString(part["url"]) ?? asString(part["image"]) ?? asString(part["data"]) ?? "";
  const isImage = type === "image" || asString(mediaType)?.startsWith("image/") === true;
  const url = /^(data|https?):/.test(data)
    ? data
    : `data:${asString(mediaType) ?? "image/png"};base64,${data}`;
  return [
    isImage
      ? { type: "image_url", image_url: { url } }
      : { type: "file", file: { filename, file_data: url } },
  ];
}

function toToolCall({ toolCallId, toolName, input }: WireBody): WireBody {
  const text = typeof input === "string" ? input : JSON.stringify(input ?? {});
  return { id: toolCallId, type: "function", function: { name: toolName, arguments: text } };
}

function toToolMessage({ toolCallId, output }: WireBody): WireBody {
  const { type, value, reason } = asRecord(output) ?? {};
  const told = type === "execution-denied" ? (reason ?? "") : (value ?? "");
  const parts = type === "content" ? asArray(value).filter(isRecord).flatMap(toContentPart) : undefined;
  const content = parts ?? (typeof told === "string" ? told : JSON.stringify(told));
  return { role: "tool", tool_call_id: toolCallId, content };
}
