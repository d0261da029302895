/**
 * What programs on Vercel's AI SDK keep of their calls and chats, a record a line, in the words of its versions 5 and 6
 * (`StepResult`, `ModelMessage` and `UIMessage` in the types of the package `ai`):
 *
 *     { messages, usage, response, … }      a call, as `onStepFinish` and `onFinish` tell of it, with what was sent
 *     { messages, steps: [step, …] }        a call of each step
 *     { id, role, parts, metadata? }        a message of a chat; each step of one of the assistant's was a call
 *     [message, …] or { id, messages }      a chat as it stands; told of again, it goes on
 *
 * A call's prompt is the `request.body` that went to the provider, its tools with it. Where that is not kept it is
 * `system` and `messages` or `prompt`, and behind them what the steps before answered: `response.messages` has the
 * messages of all steps so far. The usage in a message's metadata is of all its steps, and is entered with the last.
 */
import { asArray, asRecord, asString, isRecord } from "../../wires/read.ts";
import type { WireBody } from "../../wires/wire.ts";
import type { LoggedCall } from "../call.ts";
import { beginningOf, toolsOf } from "../to-chat.ts";
import { isSdkMessage, isUiMessage, stepsOf, toChat } from "./ai-sdk-messages.ts";
import { isSdkUsage, toChatOfBody, toUsage } from "./ai-sdk-step.ts";
import { asObject, BadRecord, type LogReader, type LogReading, toTime } from "./reader.ts";

export const aiSdk: LogReader = {
  format: "ai-sdk",
  recognises(record) {
    if (Array.isArray(record)) return record.some((each) => isSdkMessage(each) || isCall(each));
    return (
      isUiMessage(record) || isCall(record) || asArray(asRecord(record)?.["messages"]).some(isSdkMessage)
    );
  },
  open: (name) => new Log(name),
};

/** A message of a chat, in words of ours. */
interface Said {
  readonly id: string;
  readonly messages: readonly WireBody[];
}

class Log implements LogReading {
  readonly #name: string;
  readonly #chats = new Map<string, Said[]>();

  constructor(name: string) {
    this.#name = name;
  }

  push(record: unknown, line: number): readonly LoggedCall[] {
    if (Array.isArray(record)) {
      if (record.some(isSdkMessage)) return this.#chat(record, `${this.#name}:${line}`, line);
      return record.flatMap((each) => this.push(each, line));
    }
    const entry = asObject(record);
    if (isUiMessage(entry)) {
      const session = sessionOf(entry) ?? this.#name;
      return this.#say(entry, this.#chats.get(session)?.length ?? 0, session, line);
    }
    if (isCall(entry)) return callsOf(entry, `${this.#name}:${line}`, line);
    const session = sessionOf(entry) ?? asString(entry["id"]) ?? `${this.#name}:${line}`;
    return this.#chat(asArray(entry["messages"]), session, line);
  }

  end(): readonly LoggedCall[] {
    return [];
  }

  #chat(messages: readonly unknown[], session: string, line: number): readonly LoggedCall[] {
    if (messages.length === 0) throw new BadRecord("neither a call nor messages");
    return messages.flatMap((message, index) => this.#say(asObject(message), index, session, line));
  }

  #say(message: WireBody, index: number, session: string, line: number): readonly LoggedCall[] {
    if (typeof message["role"] !== "string") throw new BadRecord("a message without a role");
    const chat = this.#chats.get(session) ?? [];
    this.#chats.set(session, chat);
    const id = asString(message["id"]) || String(index);
    // A message that is told of again was finished, or answered anew: what came behind it is undone.
    const known = chat.findIndex((said) => said.id === id);
    if (known !== -1) chat.length = known;
    const before = chat.flatMap(({ messages }) => messages);
    const steps = stepsOf(message).map(toChat);
    chat.push({ id, messages: steps.flat() });
    if (message["role"] !== "assistant") return [];
    const told = asRecord(message["metadata"]) ?? {};
    const usage = asRecord(told["usage"]) ?? asRecord(told["totalUsage"]);
    return steps.map((_, step): LoggedCall => {
      const isLast = step === steps.length - 1;
      return {
        id: `${session}/${id}/${step}`,
        session,
        line,
        at: timeOf(told) ?? timeOf(message),
        model: modelOf(told),
        messages: [...before, ...steps.slice(0, step).flat()],
        usage: isLast ? toUsage(usage, undefined) : undefined,
        isSum: isLast && step > 0,
      };
    });
  }
}

/** A record that says what the SDK counted, and what for. */
function isCall(record: unknown): record is WireBody {
  const entry = asRecord(record) ?? {};
  const isCounted = [entry, ...asArray(entry["steps"]).map(asRecord)].some(
    (told) => isSdkUsage(told?.["usage"]) || isSdkUsage(told?.["totalUsage"]),
  );
  const isSent = ["messages", "prompt", "request", "steps"].some((name) => entry[name] !== undefined);
  return isCounted && isSent && !isOfWire(entry);
}

/** Whether it has a wire's own request or answer, to which a program has added counts of its own. */
function isOfWire({ request, response }: WireBody): boolean {
  const { messages, input } = asRecord(request) ?? {};
  const { object, choices, type } = asRecord(response) ?? {};
  return [messages, input, object, choices, type].some((value) => value !== undefined);
}

function callsOf(entry: WireBody, name: string, line: number): readonly LoggedCall[] {
  const steps = asArray(entry["steps"]).filter(isRecord);
  return (steps.length > 0 ? steps : [entry]).map((step): LoggedCall => {
    const response = asRecord(step["response"]);
    const chat = toChatOfBody(step) ?? { messages: toChat(sentFor(step, entry)) };
    const usage = asRecord(step["usage"]);
    return {
      id: asString(response?.["id"]),
      session: sessionOf(entry) ?? beginningOf(chat) ?? name,
      line,
      at: timeOf(response ?? {}) ?? timeOf(step) ?? timeOf(entry),
      model: asString(response?.["modelId"]) ?? modelOf(step) ?? modelOf(entry),
      messages: asArray(chat["messages"]).filter(isRecord),
      tools: toolsOf(chat),
      usage: toUsage(usage ?? asRecord(step["totalUsage"]), step["providerMetadata"]),
      isSum: usage === undefined,
    };
  });
}

/** What a step was sent, in words of the SDK. @throws BadRecord */
function sentFor(step: WireBody, { system, prompt, messages }: WireBody): readonly WireBody[] {
  const asked =
    typeof prompt === "string" ? [{ role: "user", content: prompt }] : asArray(messages ?? prompt);
  const given = asked.filter(isRecord);
  if (given.length === 0) throw new BadRecord("neither messages, nor a prompt, nor the body of the request");
  const instructions = typeof system === "string" ? [{ role: "system", content: system }] : [];
  // Messages that end with the answer were written down after it.
  if (given.at(-1)?.["role"] === "assistant") return [...instructions, ...given.slice(0, -1)];
  const answered = asArray(asRecord(step["response"])?.["messages"]).filter(isRecord);
  const answer = answered.findLastIndex(({ role }) => role === "assistant");
  return [...instructions, ...given, ...answered.slice(0, Math.max(0, answer))];
}

function sessionOf(entry: WireBody): string | undefined {
  return ["sessionId", "session_id", "chatId", "chat_id"].flatMap((name) => asString(entry[name]) ?? [])[0];
}

function modelOf({ model, modelId }: WireBody): string | undefined {
  return asString(model) ?? asString(asRecord(model)?.["modelId"]) ?? asString(modelId);
}

/** Programs write a time down as text, or in milliseconds. */
function timeOf({ timestamp, createdAt }: WireBody): number | undefined {
  const time = timestamp ?? createdAt;
  return typeof time === "number" ? time : toTime(time);
}
