/**
 * Anthropic's messages as a chat's: the system prompt in front, each result of a tool a message of its own.
 *
 *     user         results first, as messages of tools; then what the user says, with the images that were in results
 *     assistant    words and calls; thinking that nobody signed goes back as the reasoning it was
 *
 * Thinking that is signed was another vendor's: nobody here can read it, and it is left out (defect 35).
 */
import { answeredCalls } from "../../chat/answered-calls.ts";
import { type Drop, dropOthers } from "../../drop.ts";
import { asArray, asString, isRecord } from "../../read.ts";
import { portableToolId } from "../../tool-ids.ts";
import type { WireBody } from "../../wire.ts";
import { blocksOf } from "../blocks.ts";
import { isUnsigned } from "../unsigned-thinking.ts";
import { toContent, toParts } from "./content.ts";
import { chatToolName } from "./tools.ts";

export function toMessages(body: WireBody, drop: Drop): readonly WireBody[] {
  const system = toParts(blocksOf(body["system"]), "system", drop);
  const said = asArray(body["messages"])
    .filter(isRecord)
    .flatMap((message, index) => toTurn(message, `messages[${index}].content`, drop));
  const messages = answeredCalls(said).map(({ message }) => message);
  return system.length > 0 ? [{ role: "system", content: toContent(system) }, ...messages] : messages;
}

function toTurn({ role, content }: WireBody, path: string, drop: Drop): readonly WireBody[] {
  const blocks = blocksOf(content);
  if (role === "assistant") return [toAssistant(blocks, path, drop)];
  const results: WireBody[] = [];
  const shown: WireBody[] = [];
  for (const [index, block] of blocks.entries()) {
    if (block["type"] !== "tool_result") continue;
    const { message, media } = toResult(block, `${path}[${index}]`, drop);
    results.push(message);
    shown.push(...media);
  }
  const own = blocks.map((block) => (block["type"] === "tool_result" ? ANSWERED : block));
  const parts = [...shown, ...toParts(own, path, drop).filter((part) => part !== ANSWERED)].filter(hasWords);
  const speaker = role === "system" ? "system" : "user";
  return parts.length > 0 ? [...results, { role: speaker, content: toContent(parts) }] : results;
}

/** Keeps the place of a block that is said elsewhere. */
const ANSWERED: WireBody = { type: "text", text: "" };

function hasWords({ type, text }: WireBody): boolean {
  return type !== "text" || text !== "";
}

/** A chat's tools answer in text: what else is in a result is shown behind it. */
function toResult(
  result: WireBody,
  path: string,
  drop: Drop,
): { readonly message: WireBody; readonly media: readonly WireBody[] } {
  const { tool_use_id, content, is_error } = result;
  dropOthers(result, READ_OF_RESULT, path, drop);
  if (is_error === true) drop(`${path}.is_error`);
  const id = portableToolId(asString(tool_use_id) ?? "");
  const parts = toParts(blocksOf(content), `${path}.content`, drop);
  const text = parts.filter(({ type }) => type === "text").map((part) => asString(part["text"]) ?? "");
  const media = parts.filter(({ type }) => type !== "text");
  const caption = { type: "text", text: `From the result of tool call ${id}:` };
  return {
    message: { role: "tool", tool_call_id: id, content: text.join("\n") },
    media: media.length > 0 ? [caption, ...media] : [],
  };
}

function toAssistant(blocks: readonly WireBody[], path: string, drop: Drop): WireBody {
  const calls = blocks.filter(({ type }) => type === "tool_use");
  const reasoning = blocks
    .filter(isUnsigned)
    .map(({ thinking }) => asString(thinking) ?? "")
    .join("");
  for (const [index, block] of blocks.entries())
    if (block["type"] === "tool_use") dropOthers(block, READ_OF_CALL, `${path}[${index}]`, drop);
  const said = blocks.map((block) => (block["type"] === "tool_use" || isUnsigned(block) ? ANSWERED : block));
  const parts = toParts(said, path, drop).filter(hasWords);
  return {
    role: "assistant",
    content: parts.length > 0 ? toContent(parts) : calls.length > 0 ? null : "",
    ...(reasoning !== "" && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls.map(toToolCall) }),
  };
}

const READ_OF_RESULT: ReadonlySet<string> = new Set(["type", "tool_use_id", "content", "is_error"]);
/** A chat knows no other caller than the model itself. */
const READ_OF_CALL: ReadonlySet<string> = new Set(["type", "id", "name", "input", "caller"]);

function toToolCall({ id, name, input }: WireBody): WireBody {
  const called = { name: chatToolName(asString(name) ?? ""), arguments: JSON.stringify(input ?? {}) };
  return { id: portableToolId(asString(id) ?? ""), type: "function", function: called };
}
