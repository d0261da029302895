import type { Usage } from "../chat.ts";

/** The protocols that clients and vendors speak. */
export const WIRES = [
  "chat",
  "completions",
  "embeddings",
  "messages",
  "responses",
  "gemini",
  "gemini-embeddings",
] as const;

export type Wire = (typeof WIRES)[number];

/** A parsed JSON object: a request or an answer in its wire's own spelling, unknown fields included. */
export type WireBody = Readonly<Record<string, unknown>>;

/** A request, as parsed and, where the caller sent bytes, as those bytes. The two always say the same. */
export interface WireRequest {
  readonly wire: Wire;
  readonly body: WireBody;
  /** UTF-8 JSON. Present only if it came from the caller: then untouched parts keep their spelling. */
  readonly source?: Uint8Array | undefined;
  /** Headers of the caller that belong to the wire and go on to the vendor; names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What of the query of the caller's address belongs to the wire and goes on to the vendor: "beta=true". */
  readonly query?: string | undefined;
}

/** One server-sent event of a streamed answer. */
export interface Frame {
  /** The event's `data`, lines joined by "\n". */
  readonly data: string;
  /** The event's name, where the wire names its events. */
  readonly event?: string | undefined;
}

/** A vendor's answer to one attempt. Frames that arrived together come together, in arrays that are never empty. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
} & (
  | {
      readonly body: Uint8Array;
      /** What `body` says, where somebody has read it already; `undefined`: nobody has. Whoever changes `body` drops it. */
      readonly parsed?: WireBody | undefined;
      readonly frames?: undefined;
    }
  | {
      readonly frames: AsyncIterable<readonly Frame[]>;
      readonly body?: undefined;
      readonly parsed?: undefined;
    }
);

/** What a wire says of one frame. */
export interface FrameFacts {
  /** Content, reasoning or a tool call: something that was said. Not a role, a ping, a usage count. */
  readonly meaningful: boolean;
  /** The answer is complete with this frame; a usage count or a sentinel may still follow. */
  readonly terminal: boolean;
  /** Nothing follows this frame: the wire's sentinel. */
  readonly last?: boolean | undefined;
  /** It cannot be read: whatever it was to say is lost. */
  readonly malformed?: boolean | undefined;
  /** The upstream failed inside its 200. */
  readonly error?: { readonly message: string; readonly code: string | undefined } | undefined;
  readonly usage?: Usage | undefined;
  /** A content filter cut the answer short. */
  readonly filtered?: boolean | undefined;
  /** The frame carries usage and nothing else: it exists because usage was asked for. */
  readonly usageOnly?: boolean | undefined;
}

/** A message of a request, in words of no wire: what the context engine works on. */
export interface WireMessage {
  /** "system" is what instructs (developer messages too); "tool" is what a tool answered. */
  readonly role: "system" | "user" | "assistant" | "tool";
  /** All text of the message, parts joined by newlines. */
  readonly text: string;
  /** Tool calls the assistant made in this message. */
  readonly toolCalls: readonly WireToolCall[];
  /** Ids of the tool calls this message answers. */
  readonly toolResultsFor: readonly string[];
  /** Parts that are not text: images, audio, files. */
  readonly mediaParts: number;
}

export interface WireToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text, or a custom tool's free text. */
  readonly input: string;
}

/**
 * What a wire says of answers that may serve more than one call. Everything in a request tells it from others, except
 * what is listed here: a field that nobody here knows makes two requests different.
 */
export interface WireReuse {
  /** Fields of a request that do not change what is answered. */
  readonly silentFields: ReadonlySet<string>;
  /** Headers that do not either; names in lower case. */
  readonly silentHeaders: ReadonlySet<string>;
  /**
   * "always": nothing is sampled, or by a seed, so the same request means the same answer. "if-asked": only where the
   * caller says that an earlier answer will do. "never": more than an answer is asked for.
   */
  repeats(body: WireBody): "always" | "if-asked" | "never";
  /** The question of a request of plain text; `undefined` where there are tools, media, or no last word of the user's. */
  question(body: WireBody): WireQuestion | undefined;
}

/** A request, taken apart into its last user text and everything else. */
export interface WireQuestion {
  readonly text: string;
  /** The request with an empty text in the question's place. */
  readonly rest: WireBody;
}

/** What a request may ask of whoever answers it, besides text. */
export const NEEDS = ["streaming", "tools", "json-schema", "vision", "audio", "files", "logprobs"] as const;

export type Need = (typeof NEEDS)[number];

/** How a conversation begins: the same in each of its turns. */
export interface WireOpening {
  /** Roles and contents of the messages up to the first one of the user's, with it. */
  readonly said: readonly unknown[];
  /** More was said after that: this is not its first turn. */
  readonly continued: boolean;
}

/** What a tool answered, where it is one text. */
export interface WireToolResult {
  /** Index of the message it stands in. */
  readonly message: number;
  /** Of the call it answers. */
  readonly id: string;
  readonly text: string;
}

/** What the context engine wants the messages to be: originals by index, and texts of its own. */
export type MessagePlan =
  /** With `results`, what tools answered in it stands in other words, by the id of the call. */
  | { readonly keep: number; readonly results?: ReadonlyMap<string, string> | undefined }
  /** A user message with this text, marked as data by whoever wrote it. */
  | { readonly insert: string };

/** Where a request's caching should end, and whose conversation it is. */
export interface CachePlan {
  /** Indexes of the request's messages behind which it does, the most useful first. */
  readonly ends: readonly number[];
  /** The same in every request of a conversation, and in no other. */
  readonly conversation: string;
}

/** A vendor's marks. */
export interface CacheMarks {
  readonly field: string;
  readonly value: WireBody;
  /** In one request, the caller's among them. */
  readonly most: number;
  /** The latest message is kept without one. */
  readonly keepsLatest: boolean;
  /** What the assistant said may have one. */
  readonly onAnswers: boolean;
  /** Takes a name for the conversation in this field of the request. */
  readonly key: string | undefined;
}

/**
 * What the library must know about a wire. One codec a wire; everything a wire calls by its own name stays in it.
 * Codecs keep no state and never change what they are given.
 */
export interface WireCodec {
  readonly wire: Wire;

  /** Where a vendor that speaks this wire takes it, behind its base URL: "/chat/completions". */
  readonly path: string;

  /** Headers a caller may send on to the vendor. Everything else stays here. */
  readonly forwardedHeaders: readonly string[];

  /** The same of the query of the caller's address: names of parameters. */
  readonly forwardedQuery: readonly string[];

  /** Checks what this library uses of a request. @throws PromptCompilerError `PC_INVALID_REQUEST` naming the field */
  check(body: WireBody): void;

  /** The messages of a request, in order. */
  messages(body: WireBody): readonly WireMessage[];

  /** What tools answered, as far as it can be said in other words: nothing that a tool failed with, or that is no text. */
  toolResults(body: WireBody): readonly WireToolResult[];

  /** Text that the model reads besides the messages: tool definitions, response schema. */
  overheadText(body: WireBody): string;

  /** What the request asks of whoever answers it, besides text; each once. */
  needs(body: WireBody): readonly Need[];

  /** How the conversation begins; `undefined` where nobody asked anything, or the wire knows no conversations. */
  opening(body: WireBody): WireOpening | undefined;

  /** Tokens the model reads, roughly, told from the length of the text; media count as nothing. */
  estimateTokens(body: WireBody): number;

  /** Tokens the answer may have, where the request says; 0 where it has none of its own. */
  outputLimit(body: WireBody): number | undefined;

  /** Whether the caller wants frames. */
  isStream(body: WireBody): boolean;

  /** Whether the caller wants the usage frame of a stream. */
  wantsUsage(body: WireBody): boolean;

  /** The same request with the model name, asking for usage where it streams, without the `dropped` fields. */
  forDeployment(
    request: WireRequest,
    change: { readonly model: string; readonly dropped: readonly string[] },
  ): WireRequest;

  /** The same request with other messages; kept ones keep their bytes, but for results that are said in other words. */
  withMessages(request: WireRequest, plan: readonly MessagePlan[]): WireRequest;

  /** The same request, telling whoever takes `marks` up to where to cache it; itself where there is nothing to tell. */
  withCacheMarks(request: WireRequest, plan: CachePlan, marks: CacheMarks): WireRequest;

  /** What ends every stream of this wire, for upstreams that leave it out; `undefined`: the wire has no sentinel. */
  readonly sentinel: Frame | undefined;

  /** What a frame of a streamed answer says. */
  inspect(frame: Frame): FrameFacts;

  /** What a whole answer says: usage, and an error in a 200. */
  inspectBody(body: WireBody): Pick<FrameFacts, "meaningful" | "error" | "usage" | "filtered">;

  /** The model that a whole answer, or a frame of one, says it is from; `undefined` if it does not say. */
  servedModel(body: WireBody): string | undefined;

  /** A whole answer with the compile report in it, under the key "pc"; everything else keeps its bytes. */
  withReport(answer: Uint8Array, report: object): Uint8Array;

  /** A frame that carries the compile report, to stand before the stream's sentinel. @param like - any earlier frame */
  reportFrame(report: object, like: Frame): Frame;

  /** The assistant's message of a whole answer; `undefined` if there is none. */
  answer(body: WireBody): WireMessage | undefined;

  /** What tells requests apart, and when the same answer will do. */
  readonly reuse: WireReuse;

  /** Collects the assistant's message from frames. */
  collectAnswer(): AnswerCollector;

  /** The header by which clients of this wire learn the name of their request. */
  readonly requestIdHeader: string;

  /** The body of a refusal, as clients of this wire expect it. */
  errorBody(error: WireError): WireBody;

  /**
   * A vendor's refusal in this wire with everything that clients look for in one; itself where nothing is missing.
   *
   * @param otherwise - what is told where the vendor does not say
   */
  completeError(body: WireBody, otherwise: WireError): WireBody;

  /**
   * What ends a stream that had begun and failed.
   *
   * @param body - what `errorBody` said, or the vendor itself in this wire
   * @param sent - the first and the last frame that the caller got, if any
   */
  errorFrames(body: WireBody, sent: SentFrames): readonly Frame[];
}

/** A failure in words of no wire: what each wire spells in its own way. */
export interface WireError {
  /** HTTP status that goes with it. */
  readonly status: number;
  readonly message: string;
  /** In OpenAI's words: "invalid_request_error", "server_error". */
  readonly type: string;
  /** In OpenAI's words: "model_not_found"; `null`: it has none. */
  readonly code: string | null;
  /** The field at fault, as a path; `null`: none. */
  readonly param: string | null;
  readonly requestId?: string | undefined;
}

/** What has gone out of a stream: of all its frames, the two that later ones may have to refer to. */
export interface SentFrames {
  readonly first?: Frame | undefined;
  readonly last?: Frame | undefined;
}

export interface AnswerCollector {
  add(frame: Frame): void;
  /** The message so far; `undefined` if nothing was said. */
  answer(): WireMessage | undefined;
}
