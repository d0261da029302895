/**
 * Requests and answers in the words of their wires, a record a line, as proxies and programs write them down:
 *
 *     [message, message, …]                             a transcript: each message of the assistant was one call
 *     { messages, model? }                              a transcript where the assistant has the last word, else a request
 *     { request, response?, timestamp? }                a call; either may stand in a `body`, as in a file of batches
 *     { body }                                          a line of a batch's input
 *
 * Chat completions, responses and Anthropic's messages are told apart by what only they have. Calls that begin alike are
 * one conversation, unless a `session_id` says otherwise.
 */
import { codecFor } from "../../wires/index.ts";
import { asArray, asRecord, asString, isRecord } from "../../wires/read.ts";
import type { WireBody } from "../../wires/wire.ts";
import type { LoggedCall } from "../call.ts";
import { beginningOf, toChatRequest, toolsOf, wireOf } from "../to-chat.ts";
import { asObject, BadRecord, type LogReader, type LogReading, toTime } from "./reader.ts";

export const openai: LogReader = {
  format: "openai",
  recognises(record) {
    if (Array.isArray(record)) return record.some(isMessage);
    const { request, body, messages, input } = asRecord(record) ?? {};
    const sent = asRecord(request) ?? asRecord(body) ?? { messages, input };
    return asArray(bodyOf(sent)["messages"]).some(isMessage) || bodyOf(sent)["input"] !== undefined;
  },
  open(name) {
    return {
      push: (record, line) => {
        if (Array.isArray(record) && !record.some(isMessage) && record.some(isRecord)) {
          return record.flatMap((each) => callsOf(each, line, name));
        }
        return callsOf(record, line, name);
      },
      end: () => [],
    } satisfies LogReading;
  },
};

function callsOf(record: unknown, line: number, name: string): readonly LoggedCall[] {
  if (Array.isArray(record)) return transcript({ messages: record }, `${name}:${line}`, line);
  const entry = asObject(record);
  const request = asRecord(entry["request"]) ?? asRecord(entry["body"]) ?? entry;
  const sent = bodyOf(request);
  const answer = asRecord(entry["response"]);
  const isAlone =
    answer === undefined && asArray(sent["messages"]).filter(isRecord).at(-1)?.["role"] === "assistant";
  if (isAlone) return transcript(sent, asString(entry["session_id"]) ?? `${name}:${line}`, line);
  return [toCall(entry, sent, answer === undefined ? undefined : bodyOf(answer), { name, line })];
}

/** A conversation as it ended: before each of the assistant's messages it was sent once. */
function transcript(body: WireBody, session: string, line: number): readonly LoggedCall[] {
  const messages = asArray(body["messages"]);
  if (!messages.every(isMessage)) throw new BadRecord("a message without a role");
  return messages.flatMap(({ role }, index): readonly LoggedCall[] =>
    role !== "assistant"
      ? []
      : [
          {
            session,
            line,
            at: undefined,
            model: asString(body["model"]),
            messages: messages.slice(0, index),
            tools: toolsOf(body),
            usage: undefined,
          },
        ],
  );
}

function toCall(
  entry: WireBody,
  sent: WireBody,
  answer: WireBody | undefined,
  { name, line }: { readonly name: string; readonly line: number },
): LoggedCall {
  const wire = wireOf(sent, answer);
  const chat = toChatRequest(wire, sent);
  const messages = asArray(chat["messages"]).filter(isMessage);
  if (messages.length === 0) throw new BadRecord("neither messages nor input");
  return {
    id: asString(answer?.["id"]),
    session: asString(entry["session_id"]) ?? beginningOf(chat) ?? `${name}:${line}`,
    line,
    at: toTime(entry["timestamp"]) ?? toTime(entry["created_at"]) ?? secondsOf(answer),
    model: asString(answer?.["model"]) ?? asString(sent["model"]),
    messages,
    tools: toolsOf(chat),
    usage: answer === undefined ? undefined : codecFor(wire).inspectBody(answer).usage,
  };
}

/** Files of batches put what was sent, or came back, into a `body`. */
function bodyOf(value: WireBody): WireBody {
  return asRecord(value["body"]) ?? value;
}

/** When an answer says it was made. */
function secondsOf(answer: WireBody | undefined): number | undefined {
  const seconds = answer?.["created"] ?? answer?.["created_at"];
  return typeof seconds === "number" ? seconds * 1000 : undefined;
}

function isMessage(value: unknown): value is WireBody {
  return isRecord(value) && typeof value["role"] === "string";
}
