import { PromptCompilerError } from "../../errors.ts";
import { editRequest } from "../edit.ts";
import { asArray, asRecord, asString, isRecord } from "../read.ts";
import { replaceElements } from "../replace-elements.ts";
import type { MessagePlan, WireBody, WireMessage, WireRequest, WireToolCall } from "../wire.ts";

/** @throws PromptCompilerError `PC_INVALID_REQUEST` if there are no contents */
export function checkContents({ contents }: WireBody): void {
  if (Array.isArray(contents) && contents.length > 0 && contents.every(isRecord)) return;
  throw new PromptCompilerError("PC_INVALID_REQUEST", "'contents' must be an array of objects, not empty", {
    param: "contents",
    wireCode: "invalid_type",
  });
}

/** The messages of a request: the system instruction, if there is one, and the contents. */
export function readMessages(body: WireBody): readonly WireMessage[] {
  const instruction = asRecord(body["systemInstruction"]);
  const contents = asArray(body["contents"]).map((content) => readContent(asRecord(content) ?? {}));
  return instruction === undefined
    ? contents
    : [{ ...readContent(instruction), role: "system" }, ...contents];
}

/** One content, in words of no wire. What the model thought is not part of it. */
export function readContent({ role, parts }: WireBody): WireMessage {
  const said = asArray(parts).filter((part): part is WireBody => isRecord(part) && part["thought"] !== true);
  const results = said.map(({ functionResponse }) => asRecord(functionResponse)).filter(isRecord);
  return {
    role: role === "model" ? "assistant" : results.length > 0 ? "tool" : "user",
    text: [
      ...results.map(({ response }) => JSON.stringify(response)),
      ...said.map(({ text }) => asString(text)),
    ]
      .filter((text) => text !== undefined && text !== "")
      .join("\n"),
    toolCalls: said
      .map(({ functionCall }) => asRecord(functionCall))
      .filter(isRecord)
      .map(readCall),
    toolResultsFor: results.map(idOf),
    mediaParts: said.filter(({ inlineData, fileData }) => isRecord(inlineData) || isRecord(fileData)).length,
  };
}

function readCall(call: WireBody): WireToolCall {
  return { id: idOf(call), name: asString(call["name"]) ?? "", input: JSON.stringify(call["args"] ?? {}) };
}

/** Calls need no id: without one a result belongs to the call of the same name. */
function idOf({ id, name }: WireBody): string {
  return asString(id) ?? `function:${asString(name) ?? ""}`;
}

/** The request with other contents, kept ones with their bytes; what is inserted is the user's. */
export function replaceContents(request: WireRequest, plan: readonly MessagePlan[]): WireRequest {
  // The instruction is the first message, and none of the contents.
  const offset = isRecord(request.body["systemInstruction"]) ? 1 : 0;
  const isInstruction = (entry: MessagePlan): boolean => "keep" in entry && entry.keep < offset;
  const elements = plan
    .filter((entry) => !isInstruction(entry))
    .map((entry) =>
      "keep" in entry
        ? { keep: entry.keep - offset }
        : { insert: { role: "user", parts: [{ text: entry.insert }] } },
    );
  const replaced = replaceElements(request, "contents", elements);
  return plan.some(isInstruction) ? replaced : editRequest(replaced, { remove: ["systemInstruction"] });
}
