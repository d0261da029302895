import { asArray, asRecord, asString, isRecord } from "../read.ts";
import type { WireBody, WireQuestion, WireReuse } from "../wire.ts";
import { blocksOf } from "./blocks.ts";
import { readMessages } from "./messages.ts";

/** When one message may answer several calls, and what tells their requests apart. */
export const messagesReuse: WireReuse = {
  silentFields: new Set([
    // How the answer travels.
    "stream",
    // Whom the vendor holds to account.
    "metadata",
    // Where the vendor looks for a prompt that it has read before, and what it tells of that.
    "cache_control",
    "diagnostics",
    // How soon, and at what price.
    "service_tier",
    "speed",
  ]),
  silentHeaders: new Set(),

  repeats({ temperature, container, tools }) {
    // What is in a container stays there, for calls to come.
    if (container !== undefined && container !== null) return "never";
    // What the web says, and what a computer does, changes, whatever the temperature.
    if (asArray(tools).some(isServerTool)) return "if-asked";
    return temperature === 0 ? "always" : "if-asked";
  },

  question,
};

/** A tool that the vendor runs, by its dated type; the caller's own have none, or "custom". */
function isServerTool(tool: unknown): boolean {
  const type = asString(asRecord(tool)?.["type"]);
  return type !== undefined && type !== "custom";
}

function question(body: WireBody): WireQuestion | undefined {
  if (asArray(body["tools"]).length > 0) return undefined;
  const isPlain = readMessages(body).every(
    ({ role, toolCalls, mediaParts }) => role !== "tool" && toolCalls.length === 0 && mediaParts === 0,
  );
  const messages = asArray(body["messages"]).filter(isRecord);
  const last = messages.at(-1);
  const [block, ...others] = blocksOf(last?.["content"]);
  const text = others.length === 0 && block?.["type"] === "text" ? asString(block["text"]) : undefined;
  if (!isPlain || last?.["role"] !== "user" || text === undefined) return undefined;
  return { text, rest: { ...body, messages: [...messages.slice(0, -1), { ...last, content: "" }] } };
}
