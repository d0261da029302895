/**
 * Tool calls of a conversation as Gemini's functionCall parts.
 *
 * What Gemini gave with a call goes back with it, from the caller if it kept it (`extra_content`, as Google's own
 * OpenAI-compatible API spells it) or from the memory: the thought signature, without which Gemini 3 refuses the next
 * turn (defect 68), and its own id of the call. An id or a signature of another vendor never reaches it (defect 35).
 *
 * Where the signature is not to be had, the call was made by another model or is forgotten, the first call of a message
 * says so in the word that Google gives for it: https://ai.google.dev/gemini-api/docs/thought-signatures
 */

import { type Drop, dropOthers } from "../../drop.ts";
import { asArray, asRecord, asString, isRecord, parseRecord } from "../../read.ts";
import type { VendorMemory } from "../../vendor-memory.ts";
import type { WireBody } from "../../wire.ts";
import { geminiToolName } from "./tool-names.ts";

/** What was kept of a call that Gemini made. */
export interface CallState {
  readonly signature?: string | undefined;
  /** Its own id; Gemini does not always give one. */
  readonly id?: string | undefined;
}

/** A call, and what its result needs of it. */
export interface MadeCall {
  /** As the caller knows it. */
  readonly id: string;
  readonly name: string;
  readonly vendorId: string | undefined;
  readonly part: WireBody;
}

const NO_SIGNATURE = "skip_thought_signature_validator";

const CALL_FIELDS: ReadonlySet<string> = new Set([
  "id",
  "type",
  "index",
  "function",
  "custom",
  "extra_content",
]);

/** The calls of an assistant's message, in order. @param signed - whether the model wants its signatures back */
export function toCalls(
  message: WireBody,
  path: string,
  { memory, signed, drop }: { readonly memory: VendorMemory; readonly signed: boolean; readonly drop: Drop },
): readonly MadeCall[] {
  const legacy = asRecord(message["function_call"]);
  const calls = asArray(message["tool_calls"]).filter(isRecord);
  const given = legacy ? [...calls, { id: `function:${legacy["name"]}`, function: legacy }] : calls;
  return given.map((call, index) => {
    dropOthers(call, CALL_FIELDS, `${path}.tool_calls[${index}]`, drop);
    const id = asString(call["id"]) ?? "";
    const state = asRecord(memory.get(id)) ?? {};
    const vendorId = asString(state["id"]);
    const signature =
      signatureOf(call) ?? asString(state["signature"]) ?? (signed && index === 0 ? NO_SIGNATURE : undefined);
    const { name, args } = readCall(call);
    return {
      id,
      name,
      vendorId,
      part: {
        functionCall: { ...(vendorId !== undefined && { id: vendorId }), name, args },
        ...(signature !== undefined && { thoughtSignature: signature }),
      },
    };
  });
}

/** The thought signature that a caller kept with a call, or with a message. */
export function signatureOf({ extra_content }: WireBody): string | undefined {
  return asString(asRecord(asRecord(extra_content)?.["google"])?.["thought_signature"]);
}

/** Free text, and what was meant to be JSON and is none, is an argument of its own. */
function readCall(call: WireBody): { readonly name: string; readonly args: WireBody } {
  const custom = asRecord(call["custom"]);
  if (custom !== undefined)
    return { name: geminiToolName(asString(custom["name"]) ?? ""), args: { input: custom["input"] ?? "" } };
  const called = asRecord(call["function"]) ?? {};
  const written = asString(called["arguments"]) ?? "";
  const args = written.trim() === "" ? {} : (parseRecord(written) ?? { input: written });
  return { name: geminiToolName(asString(called["name"]) ?? ""), args };
}
