import { checkOpenAIRequest } from "../check-request.ts";
import { editJson, editRequest } from "../edit.ts";
import { openAIErrors } from "../openai-error.ts";
import { asCount, asRecord, asString, parseRecord } from "../read.ts";
import { estimateTokens } from "../token-estimate.ts";
import type { WireBody, WireCodec, WireRequest } from "../wire.ts";
import { createAnswerCollector, readAnswer } from "./answer.ts";
import { withCacheMarks } from "./cache-marks.ts";
import { DONE, inspectChatBody, inspectChatFrame } from "./frames.ts";
import { readMessages, readToolResults, replaceMessages } from "./messages.ts";
import { readNeeds } from "./needs.ts";
import { readOpening } from "./opening.ts";
import { chatReuse } from "./reuse.ts";
import { chatRequest } from "./schemas.ts";

/** OpenAI's chat completions: https://platform.openai.com/docs/api-reference/chat */
export const chatCodec: WireCodec = {
  wire: "chat",
  path: "/chat/completions",
  forwardedHeaders: ["openai-beta", "idempotency-key", "x-client-request-id"],
  forwardedQuery: [],

  check: (body) => checkOpenAIRequest(chatRequest, body),
  messages: readMessages,
  toolResults: readToolResults,
  withMessages: replaceMessages,
  withCacheMarks,

  overheadText,

  needs: readNeeds,
  opening: readOpening,
  estimateTokens: (body) => estimateTokens(textsRead(body)),

  outputLimit(body) {
    const each = asCount(body["max_completion_tokens"]) ?? asCount(body["max_tokens"]);
    return each === undefined ? undefined : each * (asCount(body["n"]) ?? 1);
  },
  isStream: (body) => body["stream"] === true,
  wantsUsage,
  forDeployment,

  sentinel: { data: DONE },
  inspect: inspectChatFrame,
  inspectBody: inspectChatBody,
  servedModel: ({ model }) => asString(model) || undefined,

  withReport: (answer, report) => editJson(answer, { set: { pc: report } }) ?? answer,
  reportFrame(report, like) {
    const { id, created, model } = parseRecord(like.data) ?? {};
    return {
      data: JSON.stringify({ id, object: "chat.completion.chunk", created, model, choices: [], pc: report }),
    };
  },

  reuse: chatReuse,

  answer: readAnswer,
  collectAnswer: createAnswerCollector,

  ...openAIErrors,
};

function overheadText(body: WireBody): string {
  const read = [body["tools"], body["functions"], asRecord(body["response_format"])?.["json_schema"]];
  return read
    .filter((part) => part !== undefined && part !== null)
    .map((part) => JSON.stringify(part))
    .join("\n");
}

function* textsRead(body: WireBody): Generator<string> {
  for (const { text, toolCalls } of readMessages(body)) {
    yield text;
    for (const { input } of toolCalls) yield input;
  }
  yield overheadText(body);
}

function wantsUsage(body: WireBody): boolean {
  return asRecord(body["stream_options"])?.["include_usage"] === true;
}

function forDeployment(
  request: WireRequest,
  change: { readonly model: string; readonly dropped: readonly string[] },
): WireRequest {
  const { body } = request;
  const set: Record<string, unknown> = {};
  if (body["model"] !== change.model) set["model"] = change.model;
  // Usage is always asked for, since limits and costs need it; it is taken out again where the caller did not ask.
  if (body["stream"] === true && !wantsUsage(body) && !change.dropped.includes("stream_options")) {
    set["stream_options"] = { ...asRecord(body["stream_options"]), include_usage: true };
  }
  return editRequest(request, { set, remove: change.dropped });
}
