import { asArray, asRecord, asString, isRecord } from "../read.ts";
import type { WireBody, WireQuestion, WireReuse } from "../wire.ts";
import { readMessages } from "./messages.ts";

/** When one chat completion may answer several calls, and what tells their requests apart. */
export const chatReuse: WireReuse = {
  silentFields: new Set([
    // How the answer travels: whole or in chunks is asked for by itself, and usage is always asked for.
    "stream",
    "stream_options",
    // Whom the vendor holds to account.
    "user",
    "safety_identifier",
    // Labels of a record at the vendor, and whether it keeps one; who wants the record gets an answer of its own.
    "metadata",
    "store",
    // Where the vendor looks for a prompt that it has read before.
    "prompt_cache_key",
    "prompt_cache_retention",
    // How soon, and at what price.
    "service_tier",
  ]),
  silentHeaders: new Set(["idempotency-key", "x-client-request-id"]),

  repeats(body) {
    // The record that `store` asks for would be missing of an answer that was given before.
    if (body["store"] === true) return "never";
    // What the web says changes, whatever the temperature.
    if (isRecord(body["web_search_options"])) return "if-asked";
    return body["temperature"] === 0 || Number.isSafeInteger(body["seed"]) ? "always" : "if-asked";
  },

  question,
};

function question(body: WireBody): WireQuestion | undefined {
  if (asArray(body["tools"]).length > 0 || asArray(body["functions"]).length > 0) return undefined;
  const read = readMessages(body);
  const isPlain = read.every(
    ({ role, toolCalls, mediaParts }) => role !== "tool" && toolCalls.length === 0 && mediaParts === 0,
  );
  const messages = asArray(body["messages"]);
  const last = asRecord(messages.at(-1));
  const text = last?.["role"] === "user" ? textOf(last["content"]) : undefined;
  if (!isPlain || text === undefined) return undefined;
  return { text, rest: { ...body, messages: [...messages.slice(0, -1), { ...last, content: "" }] } };
}

function textOf(content: unknown): string | undefined {
  if (typeof content === "string") return content;
  const [part, ...others] = asArray(content).filter(isRecord);
  return others.length === 0 && part?.["type"] === "text" ? asString(part["text"]) : undefined;
}
