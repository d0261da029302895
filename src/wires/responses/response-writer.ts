/**
 * A chat's answer as a response, event by event (wire 55):
 *
 *     created · in_progress                                      with the first chunk
 *     output_item.added · … deltas … · output_item.done          each item: reasoning, message, calls
 *     completed │ incomplete                                     once, when the chat is done
 *
 * One text is open at a time, and is closed by whatever else begins; calls may be said in turns, and are closed at the end.
 * The work for a chunk does not grow with those before it: texts are kept in pieces and joined once.
 */
import { asArray, asRecord, asString, isRecord } from "../read.ts";
import type { Frame, WireBody } from "../wire.ts";
import { Events } from "./events.ts";
import { itemId, newResponseId } from "./ids.ts";
import { OpenCall } from "./open-call.ts";
import type { ItemPlace, ItemStatus, OpenItem } from "./open-item.ts";
import { type MessagePiece, OpenMessage } from "./open-message.ts";
import { OpenReasoning } from "./open-reasoning.ts";
import { responseHead } from "./response-head.ts";
import { type ToolOrigin, toolOrigins } from "./tool-names.ts";
import { toResponseUsage } from "./usage.ts";

export class ResponseWriter {
  readonly #request: WireBody;
  readonly #now: number;
  readonly #tools: ReadonlyMap<string, ToolOrigin>;
  readonly #events = new Events();
  readonly #id = newResponseId();
  readonly #items: OpenItem[] = [];
  readonly #calls = new Map<number, OpenCall>();
  #head: WireBody | undefined;
  #text: OpenMessage | OpenReasoning | undefined;
  #finished: unknown;
  #usage: WireBody | undefined;
  #tier: string | undefined;
  #ended: WireBody | undefined;

  /**
   * @param request - what the caller asked
   * @param now - Unix time in seconds
   */
  constructor(request: WireBody, now: number) {
    this.#request = request;
    this.#now = now;
    this.#tools = toolOrigins(request);
  }

  /** The whole response; `undefined` until it has ended. */
  get response(): WireBody | undefined {
    return this.#ended;
  }

  /** What a chunk adds, or a whole completion. @param key - where its choice says it */
  add(chunk: WireBody, key: "delta" | "message"): readonly Frame[] {
    if (this.#ended !== undefined) return [];
    const frames = [...this.#begin(chunk)];
    this.#usage = toResponseUsage(chunk["usage"]) ?? this.#usage;
    this.#tier = asString(chunk["service_tier"]) ?? this.#tier;
    for (const choice of asArray(chunk["choices"]).filter(isRecord)) {
      // A response has one choice.
      if ((choice["index"] ?? 0) !== 0) continue;
      frames.push(...this.#say(asRecord(choice[key]) ?? {}, choice["logprobs"]));
      this.#finished = choice["finish_reason"] ?? this.#finished;
    }
    return frames;
  }

  /**
   * The chat is done. Says nothing where it broke off: whoever reads the frames knows.
   *
   * @param unsaid - the finish reason of a chat that is known to be whole, and gave none
   */
  end(unsaid?: "stop"): readonly Frame[] {
    const finished = asString(this.#finished) ?? unsaid;
    if (finished === undefined || this.#ended !== undefined) return [];
    const begun = this.#begin({});
    const reason = INCOMPLETE.get(finished);
    const status: ItemStatus = reason === undefined ? "completed" : "incomplete";
    const closed = this.#closeText(status);
    for (const call of this.#calls.values()) closed.push(...call.close(status));
    this.#ended = {
      ...this.#head,
      status,
      completed_at: reason === undefined ? this.#now : null,
      incomplete_details: reason === undefined ? null : { reason },
      output: this.#items.map(({ item }) => item),
      ...(this.#tier !== undefined && { service_tier: this.#tier }),
      ...(this.#usage && { usage: this.#usage }),
    };
    return [...begun, ...closed, this.#events.make(`response.${status}`, { response: this.#ended })];
  }

  /** The upstream reports a failure. */
  failed({ message, code }: { readonly message: string; readonly code: string | undefined }): Frame {
    return this.#events.make("error", { code: code ?? null, message, param: null });
  }

  #begin({ model }: WireBody): readonly Frame[] {
    if (this.#head !== undefined) return [];
    const names = { id: this.#id, createdAt: this.#now, model: asString(model) || this.#request["model"] };
    this.#head = responseHead(this.#request, names);
    const response = this.#head;
    return [
      this.#events.make("response.created", { response }),
      this.#events.make("response.in_progress", { response }),
    ];
  }

  #say(delta: WireBody, logprobs: unknown): readonly Frame[] {
    const frames: Frame[] = [];
    // Two names for the same; who sends both, sends it twice.
    const thought = asString(delta["reasoning_content"]) || asString(delta["reasoning"]);
    if (thought) frames.push(...this.#think(thought));
    for (const piece of piecesOf(delta, asRecord(logprobs))) frames.push(...this.#speak(piece));
    for (const [position, call] of asArray(delta["tool_calls"]).filter(isRecord).entries()) {
      frames.push(...this.#call(call, position));
    }
    return frames;
  }

  #think(thought: string): readonly Frame[] {
    if (this.#text instanceof OpenReasoning) return this.#text.add(thought);
    const closed = this.#closeText("completed");
    const reasoning = new OpenReasoning(this.#place("rs"));
    this.#text = reasoning;
    this.#items.push(reasoning);
    return [...closed, ...reasoning.open(), ...reasoning.add(thought)];
  }

  #speak(piece: MessagePiece): readonly Frame[] {
    if (this.#text instanceof OpenMessage) return this.#text.add(piece);
    const closed = this.#closeText("completed");
    const message = new OpenMessage(this.#place("msg"));
    this.#text = message;
    this.#items.push(message);
    return [...closed, ...message.open(), ...message.add(piece)];
  }

  #call(told: WireBody, position: number): readonly Frame[] {
    const index = typeof told["index"] === "number" ? told["index"] : position;
    const called = asRecord(told["function"]) ?? asRecord(told["custom"]) ?? {};
    const said = asString(called["arguments"]) ?? asString(called["input"]) ?? "";
    const known = this.#calls.get(index);
    if (known !== undefined) return known.add(said);
    const closed = this.#closeText("completed");
    const name = asString(called["name"]) ?? "";
    const origin = this.#tools.get(name) ?? { name, namespace: undefined, custom: false };
    const callId = asString(told["id"]) || itemId("call", this.#id, "o", this.#items.length);
    const call = new OpenCall(this.#place(origin.custom ? "ctc" : "fc"), callId, origin);
    this.#calls.set(index, call);
    this.#items.push(call);
    return [...closed, ...call.open(), ...call.add(said)];
  }

  #closeText(status: ItemStatus): Frame[] {
    const closed = [...(this.#text?.close(status) ?? [])];
    this.#text = undefined;
    return closed;
  }

  #place(prefix: string): ItemPlace {
    const index = this.#items.length;
    return { events: this.#events, id: itemId(prefix, this.#id, "o", index), index };
  }
}

/** Why an answer is not whole, by the chat's finish reason. */
const INCOMPLETE: ReadonlyMap<string, string> = new Map([
  ["length", "max_output_tokens"],
  ["content_filter", "content_filter"],
]);

function piecesOf(delta: WireBody, logprobs: WireBody | undefined): readonly MessagePiece[] {
  const text = asString(delta["content"]) ?? "";
  const annotations = asArray(delta["annotations"]).filter(isRecord).map(toAnnotation);
  const probabilities = asArray(logprobs?.["content"]);
  const said = text !== "" || annotations.length > 0 || probabilities.length > 0;
  const refusal = asString(delta["refusal"]) ?? "";
  return [
    ...(said ? [{ kind: "output_text" as const, text, logprobs: probabilities, annotations }] : []),
    ...(refusal === "" ? [] : [{ kind: "refusal" as const, text: refusal, logprobs: [], annotations: [] }]),
  ];
}

/** A chat names the kind twice: as the type, and as the member with its facts. */
function toAnnotation(annotation: WireBody): WireBody {
  const type = asString(annotation["type"]) ?? "";
  return { type, ...asRecord(annotation[type]) };
}
