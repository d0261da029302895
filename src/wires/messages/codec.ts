import { editJson, editRequest } from "../edit.ts";
import { asCount, asRecord, asString } from "../read.ts";
import { estimateTokens } from "../token-estimate.ts";
import type { WireBody, WireCodec } from "../wire.ts";
import { createAnswerCollector, readAnswer } from "./answer.ts";
import { withCacheMarks } from "./cache-marks.ts";
import { messagesErrors } from "./errors.ts";
import { inspectBody, inspectFrame, STOP, toFrame } from "./frames.ts";
import { checkMessages, readMessages, readToolResults, replaceMessages } from "./messages.ts";
import { readNeeds, readOpening } from "./needs.ts";
import { messagesReuse } from "./reuse.ts";
import { withoutUnsigned } from "./unsigned-thinking.ts";

/** Anthropic's messages: https://platform.claude.com/docs/en/api/messages */
export const messagesCodec: WireCodec = {
  wire: "messages",
  path: "/v1/messages",
  forwardedHeaders: ["anthropic-version", "anthropic-beta"],
  forwardedQuery: ["beta"],

  check: checkMessages,
  messages: readMessages,
  toolResults: readToolResults,
  withMessages: replaceMessages,
  withCacheMarks,

  overheadText,

  needs: readNeeds,
  opening: readOpening,
  estimateTokens: (body) => estimateTokens(textsRead(body)),
  outputLimit: ({ max_tokens }) => asCount(max_tokens),
  isStream: ({ stream }) => stream === true,
  // Usage comes in every stream, without being asked for.
  wantsUsage: () => true,
  forDeployment(request, { model, dropped }) {
    const set = request.body["model"] === model ? {} : { model };
    return withoutUnsigned(editRequest(request, { set, remove: dropped }));
  },

  sentinel: STOP,
  inspect: inspectFrame,
  inspectBody,
  servedModel: (body) => asString((asRecord(body["message"]) ?? body)["model"]) || undefined,

  withReport: (answer, report) => editJson(answer, { set: { pc: report } }) ?? answer,
  // A ping: clients pass over what is in it, and some refuse events that they do not know.
  reportFrame: (report) => toFrame({ type: "ping", pc: report }),

  reuse: messagesReuse,

  answer: readAnswer,
  collectAnswer: createAnswerCollector,

  ...messagesErrors,
};

function overheadText(body: WireBody): string {
  return [body["tools"], asRecord(body["output_config"])?.["format"]]
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
