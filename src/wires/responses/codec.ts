import { chatCodec } from "../chat/codec.ts";
import { checkOpenAIRequest } from "../check-request.ts";
import { editRequest } from "../edit.ts";
import { asCount, asRecord, asString } from "../read.ts";
import { type ElementPlan, replaceElements } from "../replace-elements.ts";
import { estimateTokens } from "../token-estimate.ts";
import type {
  MessagePlan,
  WireBody,
  WireCodec,
  WireMessage,
  WireOpening,
  WireRequest,
  WireToolResult,
} from "../wire.ts";
import { collectAnswer, readAnswer } from "./answer.ts";
import { markInput } from "./cache-marks.ts";
import { responsesErrors, toFrame } from "./errors.ts";
import { DONE, inspectBody, inspectFrame } from "./frames.ts";
import { isOwnResponseId } from "./ids.ts";
import { withoutOwnIds } from "./kept-items.ts";
import { readNeeds } from "./needs.ts";
import { offeredTools } from "./offered-tools.ts";
import { responsesReuse } from "./reuse.ts";
import { responseRequest } from "./schemas.ts";
import { inputItems, isOutput, readTurn, readTurns } from "./turns.ts";

/**
 * OpenAI's responses: https://platform.openai.com/docs/api-reference/responses. The instructions are the first message,
 * where there are any; then each turn of the input is one.
 */
export const responsesCodec: WireCodec = {
  wire: "responses",
  path: "/responses",
  forwardedHeaders: chatCodec.forwardedHeaders,
  forwardedQuery: [],

  check: (body) => checkOpenAIRequest(responseRequest, body),
  messages: readMessages,
  toolResults: readToolResults,
  withMessages: replaceMessages,
  withCacheMarks: (request, plan, marks) =>
    markInput(request, plan, marks, instructionsOf(request.body).length),
  overheadText,

  needs: readNeeds,
  opening: readOpening,
  estimateTokens: (body) => estimateTokens(textsRead(body)),
  outputLimit: ({ max_output_tokens }) => asCount(max_output_tokens),
  isStream: ({ stream }) => stream === true,
  // It is in the event that ends the stream.
  wantsUsage: () => true,
  forDeployment,

  sentinel: { data: DONE },
  inspect: inspectFrame,
  inspectBody,
  servedModel: ({ model, response }) => asString(model ?? asRecord(response)?.["model"]) || undefined,

  withReport: chatCodec.withReport,
  reportFrame: (report) => toFrame({ type: "pc.report", pc: report }),

  reuse: responsesReuse,

  answer: readAnswer,
  collectAnswer,

  ...responsesErrors,
};

function instructionsOf({ instructions }: WireBody): readonly WireMessage[] {
  const text = asString(instructions);
  if (text === undefined || text === "") return [];
  return [{ role: "system", text, toolCalls: [], toolResultsFor: [], mediaParts: 0 }];
}

function readMessages(body: WireBody): readonly WireMessage[] {
  return [...instructionsOf(body), ...readTurns(body["input"]).map(readTurn)];
}

/** Instructions stay where they are; a kept turn keeps its items' bytes. */
function replaceMessages(request: WireRequest, plan: readonly MessagePlan[]): WireRequest {
  const { input } = request.body;
  const before = instructionsOf(request.body).length;
  const turns = readTurns(input);
  const whole = inputItems(input);
  const elements = plan.flatMap((entry): readonly ElementPlan[] => {
    if ("insert" in entry) return [{ insert: { role: "user", content: entry.insert } }];
    const { keep, results } = entry;
    const { items, first } = turns[keep - before] ?? { items: [], first: 0 };
    const change = results && ((item: WireRequest) => withOutput(item, results));
    return items.map((_, offset) => ({ keep: first + offset, change }));
  });
  if (Array.isArray(input)) return replaceElements(request, "input", elements);
  if (elements.length === 1 && elements[0] !== undefined && "keep" in elements[0]) return request;
  const items = elements.map((element) => ("keep" in element ? whole[element.keep] : element.insert));
  return editRequest(request, { set: { input: items } });
}

/** Outputs of tools that are one text. */
function readToolResults(body: WireBody): readonly WireToolResult[] {
  const before = instructionsOf(body).length;
  return readTurns(body["input"]).flatMap(({ items: [item] }, index) => {
    const { output, call_id: id } = item ?? {};
    const isText = item !== undefined && isOutput(item) && typeof output === "string";
    return isText && typeof id === "string" ? [{ message: index + before, id, text: output }] : [];
  });
}

function withOutput(item: WireRequest, results: ReadonlyMap<string, string>): WireRequest {
  const output = isOutput(item.body) ? results.get(asString(item.body["call_id"]) ?? "") : undefined;
  return output === undefined ? item : editRequest(item, { set: { output } });
}

function overheadText(body: WireBody): string {
  const schema = asRecord(asRecord(body["text"])?.["format"])?.["schema"];
  return [...offeredTools(body).map(({ tool }) => tool), schema]
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

function readOpening(body: WireBody): WireOpening | undefined {
  const said: unknown[] = [body["instructions"]];
  let asked = false;
  for (const { role, content } of inputItems(body["input"])) {
    if (asked && role !== "system" && role !== "developer") return { said, continued: true };
    if (!asked) said.push([role, content]);
    asked ||= role === "user";
  }
  return asked ? { said, continued: false } : undefined;
}

/** What an id of ours stands for is in the input by now: to a vendor the id would mean nothing. */
function forDeployment(
  request: WireRequest,
  { model, dropped }: { readonly model: string; readonly dropped: readonly string[] },
): WireRequest {
  const { body } = request;
  const isOurs = isOwnResponseId(body["previous_response_id"]);
  return editRequest(withoutOwnIds(request), {
    set: body["model"] === model ? {} : { model },
    remove: isOurs ? [...dropped, "previous_response_id"] : dropped,
  });
}
