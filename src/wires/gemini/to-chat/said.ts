/**
 * What a candidate says, in the words of a chat message. The same for a whole answer and for a piece of one: a piece of
 * Gemini's is whole parts, a function call among them is never cut.
 */
import { asRecord, asString, isRecord } from "../../read.ts";
import type { VendorMemory } from "../../vendor-memory.ts";
import type { WireBody } from "../../wire.ts";
import { partsOf } from "../chunk.ts";
import type { CallState } from "../from-chat/calls.ts";
import { toolCallId } from "./tool-call-id.ts";

/** What an answer has to know of its request. */
export interface AnswerSetting {
  readonly memory: VendorMemory;
  /** Unix time in seconds. */
  readonly now: number;
  /** Tells one turn of a conversation from the next. */
  readonly turn: number;
  /** Names of the tools that take free text. */
  readonly customTools: ReadonlySet<string>;
  /** The caller's names of tools, where Gemini has another. */
  readonly toolNames: ReadonlyMap<string, string>;
  /** The caller speaks of `functions`, not `tools`. */
  readonly legacy: boolean;
}

/** Where in an answer something is said. */
export interface Place {
  readonly responseId: string;
  /** Of the choice. */
  readonly index: number;
  /** Calls of this choice that were made before. */
  readonly calls: number;
}

export interface Said {
  readonly content: string;
  readonly reasoning: string;
  readonly calls: readonly WireBody[];
  readonly images: readonly WireBody[];
  /** Of the text. */
  readonly signature: string | undefined;
}

export function readSaid(candidate: WireBody, place: Place, setting: AnswerSetting): Said {
  const parts = partsOf(candidate);
  const texts = (thought: boolean): string =>
    parts
      .filter((part) => (part["thought"] === true) === thought)
      .map(({ text }) => asString(text) ?? "")
      .join("");
  const calls = parts.filter(({ functionCall }) => isRecord(functionCall));
  return {
    content: texts(false),
    reasoning: texts(true),
    calls: calls.map((part, index) => toToolCall(part, { ...place, calls: place.calls + index }, setting)),
    images: parts
      .map(({ inlineData }) => asRecord(inlineData))
      .filter(isRecord)
      .map(toImage),
    signature: parts
      .filter(({ functionCall }) => functionCall === undefined)
      .map(({ thoughtSignature }) => asString(thoughtSignature))
      .findLast((signature) => signature !== undefined),
  };
}

/** A signature as Google's own OpenAI-compatible API gives it: a client that sends back what it got keeps it. */
export function extraContent(signature: string | undefined): WireBody {
  return signature === undefined ? {} : { extra_content: { google: { thought_signature: signature } } };
}

function toToolCall(part: WireBody, place: Place, setting: AnswerSetting): WireBody {
  const { memory, turn, customTools, toolNames } = setting;
  const call = asRecord(part["functionCall"]) ?? {};
  const given = asString(call["name"]) ?? "";
  const name = toolNames.get(given) ?? given;
  const args = JSON.stringify(call["args"] ?? {});
  const vendorId = asString(call["id"]);
  const signature = asString(part["thoughtSignature"]);
  const id = vendorId || toolCallId({ ...place, turn, name, args });
  const state: CallState = {
    ...(vendorId && { id: vendorId }),
    ...(signature !== undefined && { signature }),
  };
  if (Object.keys(state).length > 0) memory.set(id, state);
  const called = customTools.has(name)
    ? { type: "custom", custom: { name, input: inputOf(call["args"]) } }
    : { type: "function", function: { name, arguments: args } };
  return { id, ...called, ...extraContent(signature) };
}

/** What the one parameter of a tool that takes free text says; whatever else the model made of it, as JSON. */
function inputOf(args: unknown): string {
  return asString(asRecord(args)?.["input"]) ?? JSON.stringify(args ?? "");
}

/** As OpenRouter and LiteLLM give images: https://openrouter.ai/docs/features/multimodal/image-generation */
function toImage({ mimeType, data }: WireBody): WireBody {
  return { type: "image_url", image_url: { url: `data:${mimeType};base64,${data}` } };
}
