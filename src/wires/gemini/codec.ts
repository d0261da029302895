import { editJson, editRequest } from "../edit.ts";
import { asArray, asCount, asRecord, asString, isRecord } from "../read.ts";
import { estimateTokens } from "../token-estimate.ts";
import type { WireBody, WireCodec, WireError, WireOpening } from "../wire.ts";
import { createAnswerCollector, readAnswer } from "./answer.ts";
import { inspectChunk, parseChunk } from "./chunk.ts";
import { checkContents, readMessages, replaceContents } from "./contents.ts";
import { readNeeds } from "./needs.ts";

/**
 * Gemini's generateContent: https://ai.google.dev/api/generate-content. What its address says there, the model and whether
 * the answer is streamed, are fields of the body here, `model` and `stream`: the provider makes the address of them.
 */
export const geminiCodec: WireCodec = {
  wire: "gemini",
  path: "/models",
  forwardedHeaders: [],
  forwardedQuery: [],

  check: checkContents,
  messages: readMessages,
  toolResults: () => [],
  withMessages: replaceContents,
  withCacheMarks: (request) => request,
  overheadText,

  needs: readNeeds,
  opening: readOpening,
  estimateTokens: (body) => estimateTokens(textsRead(body)),
  outputLimit(body) {
    const settings = asRecord(body["generationConfig"]);
    const each = asCount(settings?.["maxOutputTokens"]);
    return each === undefined ? undefined : each * (asCount(settings?.["candidateCount"]) ?? 1);
  },
  isStream: ({ stream }) => stream === true,
  // It comes unasked.
  wantsUsage: () => true,
  forDeployment(request, { model, dropped }) {
    return editRequest(request, { set: request.body["model"] === model ? {} : { model }, remove: dropped });
  },

  // The end of the connection is the end of the stream.
  sentinel: undefined,
  inspect({ data }) {
    const chunk = parseChunk(data);
    return chunk === undefined
      ? { meaningful: false, terminal: false, malformed: true }
      : inspectChunk(chunk);
  },
  inspectBody(body) {
    const { terminal, ...facts } = inspectChunk(body);
    // An answer without a word is an answer.
    return { ...facts, meaningful: facts.meaningful || terminal };
  },
  servedModel: ({ modelVersion }) => asString(modelVersion) || undefined,

  withReport: (answer, report) => editJson(answer, { set: { pc: report } }) ?? answer,
  reportFrame(report, like) {
    const { responseId, modelVersion } = parseChunk(like.data) ?? {};
    return { data: JSON.stringify({ candidates: [], responseId, modelVersion, pc: report }) };
  },

  answer: readAnswer,
  collectAnswer: createAnswerCollector,

  requestIdHeader: "x-request-id",
  errorBody,
  completeError: (body) => body,
  errorFrames: (body) => [{ data: JSON.stringify(body["error"] ? body : { error: body }) }],

  reuse: {
    // How the answer travels, and labels of the bill.
    silentFields: new Set(["stream", "labels"]),
    silentHeaders: new Set(),
    repeats({ generationConfig }) {
      const settings = asRecord(generationConfig);
      const isFixed = settings?.["temperature"] === 0 || Number.isSafeInteger(settings?.["seed"]);
      return isFixed ? "always" : "if-asked";
    },
    question: () => undefined,
  },
};

/** As Google's APIs tell of failures: https://cloud.google.com/apis/design/errors */
function errorBody({ status, message }: WireError): WireBody {
  return { error: { code: status, message, status: STATUSES[status] ?? "UNKNOWN" } };
}

const STATUSES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

function overheadText({ tools, generationConfig }: WireBody): string {
  const settings = asRecord(generationConfig);
  return [tools, settings?.["responseSchema"], settings?.["responseJsonSchema"]]
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

function readOpening({ systemInstruction, contents }: WireBody): WireOpening | undefined {
  const said = asArray(contents).filter(isRecord);
  const first = said.findIndex(({ role }) => role !== "model");
  if (first === -1) return undefined;
  const opening = said.slice(0, first + 1).map(({ role, parts }) => [role, parts]);
  return { said: [systemInstruction ?? null, ...opening], continued: said.length > first + 1 };
}
