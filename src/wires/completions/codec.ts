import { chatCodec } from "../chat/codec.ts";
import { DONE } from "../chat/frames.ts";
import { readUsage } from "../chat/usage.ts";
import { checkOpenAIRequest } from "../check-request.ts";
import { editRequest } from "../edit.ts";
import { openAIErrors, readOpenAIError } from "../openai-error.ts";
import { asArray, asCount, asRecord, asString, isRecord, parseRecord } from "../read.ts";
import { estimateTokens } from "../token-estimate.ts";
import type {
  AnswerCollector,
  FrameFacts,
  MessagePlan,
  WireBody,
  WireCodec,
  WireMessage,
  WireRequest,
} from "../wire.ts";
import { completionRequest } from "./schemas.ts";

/**
 * OpenAI's legacy completions: https://platform.openai.com/docs/api-reference/completions. A prompt of text is what the user
 * says, in one piece: nothing is cut out of it, and what is inserted stands before it, where there is one prompt. Token ids
 * have no text that could be read.
 */
export const completionsCodec: WireCodec = {
  wire: "completions",
  path: "/completions",
  forwardedHeaders: chatCodec.forwardedHeaders,
  forwardedQuery: [],

  check: (body) => checkOpenAIRequest(completionRequest, body),
  messages: (body) => [promptOf(body)].flatMap((text) => (text === undefined ? [] : [said("user", text)])),
  toolResults: () => [],
  withMessages: insertTexts,
  withCacheMarks: (request) => request,
  overheadText: () => "",

  needs: ({ stream, logprobs }) => [
    ...(stream === true ? (["streaming"] as const) : []),
    ...((asCount(logprobs) ?? 0) > 0 ? (["logprobs"] as const) : []),
  ],
  opening: () => undefined,
  estimateTokens: estimatePrompts,
  outputLimit: ({ max_tokens, n, best_of }) =>
    (asCount(max_tokens) ?? DEFAULT_MAX_TOKENS) * Math.max(asCount(n) ?? 1, asCount(best_of) ?? 1),
  isStream: chatCodec.isStream,
  wantsUsage: chatCodec.wantsUsage,
  forDeployment: chatCodec.forDeployment,

  sentinel: { data: DONE },
  inspect(frame) {
    if (frame.data === DONE) return { meaningful: false, terminal: true, last: true };
    const chunk = parseRecord(frame.data);
    return chunk === undefined
      ? { meaningful: false, terminal: false, malformed: true }
      : inspectChunk(chunk);
  },
  inspectBody(body) {
    const { terminal: _, usageOnly: __, ...facts } = inspectChunk(body);
    return { ...facts, meaningful: asArray(body["choices"]).length > 0 };
  },
  servedModel: chatCodec.servedModel,

  withReport: chatCodec.withReport,
  reportFrame(report, like) {
    const { id, created, model } = parseRecord(like.data) ?? {};
    return {
      data: JSON.stringify({ id, object: "text_completion", created, model, choices: [], pc: report }),
    };
  },

  reuse: {
    ...chatCodec.reuse,
    repeats: ({ temperature, seed }) =>
      temperature === 0 || Number.isSafeInteger(seed) ? "always" : "if-asked",
    question: () => undefined,
  },

  answer: (body) => said("assistant", textOf(choicesOf(body)[0])),
  collectAnswer: collectText,

  ...openAIErrors,
};

/** What the API takes for granted: https://platform.openai.com/docs/api-reference/completions/create */
const DEFAULT_MAX_TOKENS = 16;

/** The prompt, where there is one and it is text. */
export function promptOf({ prompt }: WireBody): string | undefined {
  const prompts = typeof prompt === "string" ? [prompt] : asArray(prompt);
  return prompts.length === 1 ? asString(prompts[0]) : undefined;
}

/** Text by its length; a number is the id of one token. */
function estimatePrompts({ prompt }: WireBody): number {
  const pieces = [prompt].flat(2);
  const texts = pieces.filter((piece) => typeof piece === "string");
  return estimateTokens(texts) + pieces.filter(Number.isInteger).length;
}

function insertTexts(request: WireRequest, plan: readonly MessagePlan[]): WireRequest {
  const prompt = promptOf(request.body) ?? "";
  if (plan.every((entry) => "keep" in entry)) return request;
  const pieces = plan.map((entry) => ("keep" in entry ? prompt : entry.insert));
  return editRequest(request, { set: { prompt: pieces.join("\n\n") } });
}

function inspectChunk(chunk: WireBody): FrameFacts {
  const choices = choicesOf(chunk);
  const reasons = choices.map((choice) => choice["finish_reason"]).filter((reason) => reason);
  const error = readOpenAIError(chunk["error"]);
  const usage = readUsage(chunk["usage"]);
  return {
    meaningful: choices.some((choice) => textOf(choice) !== ""),
    terminal: reasons.length > 0,
    ...(reasons.includes("content_filter") && { filtered: true }),
    ...(error && { error }),
    ...(usage && { usage, usageOnly: choices.length === 0 }),
  };
}

function choicesOf(body: WireBody): readonly WireBody[] {
  return asArray(body["choices"]).filter(isRecord);
}

function textOf(choice: WireBody | undefined): string {
  return asString(asRecord(choice)?.["text"]) ?? "";
}

function said(role: WireMessage["role"], text: string): WireMessage {
  return { role, text, toolCalls: [], toolResultsFor: [], mediaParts: 0 };
}

/** Of the first choice. */
function collectText(): AnswerCollector {
  const text: string[] = [];
  return {
    add(frame) {
      for (const choice of choicesOf(parseRecord(frame.data) ?? {})) {
        if ((choice["index"] ?? 0) === 0) text.push(textOf(choice));
      }
    },
    answer: () => (text.join("") === "" ? undefined : said("assistant", text.join(""))),
  };
}
