/**
 * The messages of a chat as Gemini's contents, where "user" and "model" take turns, and the user begins:
 *
 *     system, developer   the system instruction, wherever they stand
 *     user                "user"
 *     assistant           "model"
 *     tool, function      "user": the results of a message's calls together, in the order of the calls (wire pitfall 9)
 *
 * Neighbours of one role become one content. Every call has its result: one without gets an error for it, and a result
 * without a call is said as text (defect 35).
 */

import { type Drop, dropOthers } from "../../drop.ts";
import { asRecord, asString, parseRecord } from "../../read.ts";
import type { VendorMemory } from "../../vendor-memory.ts";
import type { WireBody } from "../../wire.ts";
import { type MadeCall, signatureOf, toCalls } from "./calls.ts";
import { toParts, toText } from "./parts.ts";

export interface ContentSetting {
  readonly memory: VendorMemory;
  /** Whether the model wants its signatures back. */
  readonly signed: boolean;
  readonly drop: Drop;
}

interface Content {
  readonly role: "user" | "model";
  readonly parts: WireBody[];
}

interface GeminiContents {
  readonly systemInstruction?: { readonly parts: readonly WireBody[] };
  readonly contents: readonly Content[];
}

export function toContents(messages: readonly unknown[], setting: ContentSetting): GeminiContents {
  const conversation = new Conversation(setting);
  for (const [index, message] of messages.entries())
    conversation.add(asRecord(message) ?? {}, `messages[${index}]`);
  return conversation.end();
}

const MESSAGE_FIELDS: ReadonlySet<string> = new Set(["role", "content"]);
const ASSISTANT_FIELDS: ReadonlySet<string> = new Set([
  ...MESSAGE_FIELDS,
  "refusal",
  "tool_calls",
  "function_call",
  "extra_content",
]);
/** Of what vendors put beside a message, that which is Google's. */
const OWN_CONTENT: ReadonlySet<string> = new Set(["google"]);
const RESULT_FIELDS: ReadonlySet<string> = new Set([...MESSAGE_FIELDS, "tool_call_id", "name"]);

class Conversation {
  readonly #setting: ContentSetting;
  readonly #instruction: WireBody[] = [];
  readonly #contents: Content[] = [];
  /** Calls whose results have still to be said. */
  #calls: readonly MadeCall[] = [];
  /** Results that came, by the id of their call. */
  #results = new Map<string, readonly WireBody[]>();

  constructor(setting: ContentSetting) {
    this.#setting = setting;
  }

  add(message: WireBody, path: string): void {
    const { role, content } = message;
    const { drop } = this.#setting;
    if (role === "tool" || role === "function") {
      dropOthers(message, RESULT_FIELDS, path, drop);
      this.#addResult(message, toParts(content, `${path}.content`, drop));
      return;
    }
    if (role === "system" || role === "developer") {
      dropOthers(message, MESSAGE_FIELDS, path, drop);
      this.#instruction.push(...toParts(content, `${path}.content`, drop));
      return;
    }
    this.#closeCalls();
    if (role === "assistant") {
      this.#addAnswer(message, path);
      return;
    }
    dropOthers(message, MESSAGE_FIELDS, path, drop);
    this.#say("user", toParts(content, `${path}.content`, drop));
  }

  end(): GeminiContents {
    this.#closeCalls();
    const [first] = this.#contents;
    // Who only instructs, asks.
    if (first === undefined) return { contents: [{ role: "user", parts: this.#instruction }] };
    const contents: readonly Content[] =
      first.role === "model" ? [{ role: "user", parts: [{ text: " " }] }, ...this.#contents] : this.#contents;
    if (this.#instruction.length === 0) return { contents };
    return { systemInstruction: { parts: this.#instruction }, contents };
  }

  #addAnswer(message: WireBody, path: string): void {
    const { drop } = this.#setting;
    dropOthers(message, ASSISTANT_FIELDS, path, drop);
    dropOthers(asRecord(message["extra_content"]) ?? {}, OWN_CONTENT, `${path}.extra_content`, drop);
    const said = [
      ...toParts(message["content"], `${path}.content`, drop),
      ...toText(asString(message["refusal"]) ?? ""),
    ];
    const signature = signatureOf(message);
    if (signature !== undefined) said.push({ ...(said.pop() ?? { text: "" }), thoughtSignature: signature });
    this.#calls = toCalls(message, path, this.#setting);
    this.#say("model", [...said, ...this.#calls.map(({ part }) => part)]);
  }

  #addResult(message: WireBody, parts: readonly WireBody[]): void {
    const id = asString(message["tool_call_id"]) ?? `function:${asString(message["name"]) ?? ""}`;
    const isAwaited = this.#calls.some((call) => call.id === id) && !this.#results.has(id);
    if (isAwaited) this.#results.set(id, parts);
    else {
      this.#closeCalls();
      this.#say("user", parts);
    }
  }

  #closeCalls(): void {
    for (const { id, name, vendorId } of this.#calls) {
      const result = this.#results.get(id);
      this.#say("user", [
        {
          functionResponse: {
            ...(vendorId !== undefined && { id: vendorId }),
            name,
            response: result === undefined ? NO_RESULT : toResponse(result),
          },
        },
      ]);
    }
    // What the results show stands behind the last of them: between them it would part them.
    this.#say(
      "user",
      [...this.#results.values()].flat().filter((part) => part["text"] === undefined),
    );
    this.#calls = [];
    this.#results = new Map();
  }

  #say(role: Content["role"], parts: readonly WireBody[]): void {
    const last = this.#contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else if (parts.length > 0) this.#contents.push({ role, parts: [...parts] });
  }
}

const NO_RESULT = { error: "the call was never answered" };

/** More digits than a number of JSON can hold: what is parsed would come out as another number. */
const LONG_NUMBER = /\d{16}/;

/** A JSON object as it is; anything else as the output. */
function toResponse(parts: readonly WireBody[]): WireBody {
  const text = parts
    .map((part) => asString(part["text"]))
    .filter((each) => each !== undefined)
    .join("\n");
  const object = LONG_NUMBER.test(text) ? undefined : parseRecord(text);
  return object ?? { output: text };
}
