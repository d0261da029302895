/**
 * The vocabulary of a call. Requests, completions and chunks are OpenAI's own objects
 * (https://platform.openai.com/docs/api-reference/chat): fields that are not declared here are kept and passed
 * through. `CallContext` and `Usage` are ours.
 */

/** The tenant of calls that name none. */
export const DEFAULT_TENANT = "default";

/** Who is calling and what this one call asks for; the same names in every adapter, and as `X-PC-*` headers. */
export interface CallContext {
  /** Nothing is ever shared between tenants. @defaultValue "default" */
  readonly tenant?: string | undefined;
  /** Who is calling, within the tenant. */
  readonly agentId?: string | undefined;
  /** Which conversation of that agent. */
  readonly sessionId?: string | undefined;
  /** The group this agent shares with. Without it, `share` means the agent's own memory across its sessions. */
  readonly group?: string | undefined;
  /** Read the audience's context into this call, write this call's into it, or both (`true`). @defaultValue false */
  readonly share?: boolean | "read" | "write" | undefined;
  /** Token budget for the compiled input: messages and tools. */
  readonly maxInputTokens?: number | undefined;
  /** Response cache control, in the words of the `X-PC-Cache` header, e.g. "no-store" or "default; max-age=60". */
  readonly cache?: string | undefined;
  /** Place in the queue: a higher number goes first. @defaultValue 0 */
  readonly priority?: number | undefined;
  /** Milliseconds, from now, after which the caller has no use for the answer. */
  readonly deadlineMs?: number | undefined;
  /** Put the compile report into the answer. @defaultValue false */
  readonly explain?: boolean | "dynamics" | undefined;
  /**
   * Agents whose files, batches and responses it may see, with `*` for any characters; what is no agent's is then not seen.
   *
   * @defaultValue all, and what is no agent's
   */
  readonly agents?: readonly string[] | undefined;
  /** Groups of which it may know who is in them, with `*` for any characters. @defaultValue all */
  readonly groups?: readonly string[] | undefined;
  /** Cancels the call, in every phase, to the upstream socket. The call rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Token counts of one call, the same for every wire. A count that was not reported is `undefined`, never 0. */
export interface Usage {
  /** All input: uncached, read from the provider's prompt cache, and written to it. */
  readonly inputTokens: number | undefined;
  readonly cacheReadTokens: number | undefined;
  readonly cacheWriteTokens: number | undefined;
  /** Of those written, the ones that are kept for an hour, which some providers charge more for. */
  readonly cacheWrite1hTokens: number | undefined;
  /** All output, reasoning within. */
  readonly outputTokens: number | undefined;
  readonly reasoningTokens: number | undefined;
}

export interface ContentPart {
  readonly type: string;
  readonly text?: string | undefined;
}

export interface ToolCall {
  readonly id: string;
  readonly type: string;
  readonly function?: { readonly name: string; readonly arguments: string } | undefined;
  readonly custom?: { readonly name: string; readonly input: string } | undefined;
}

export interface ChatMessage {
  readonly role: string;
  readonly content?: string | readonly ContentPart[] | null | undefined;
  readonly name?: string | undefined;
  readonly tool_calls?: readonly ToolCall[] | null | undefined;
  readonly tool_call_id?: string | undefined;
}

/** Body of `POST /v1/chat/completions`. */
export interface ChatRequest {
  /** Left out, or "auto": the pool's first chat deployment. */
  readonly model?: string | undefined;
  readonly messages: readonly ChatMessage[];
  readonly stream?: boolean | null | undefined;
  readonly tools?: readonly object[] | null | undefined;
}

/** What a provider said of the tokens it counted. */
export interface ChatUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number | undefined } | null | undefined;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number | undefined } | null | undefined;
}

export interface ChatCompletionMessage {
  readonly role: "assistant";
  readonly content: string | null;
  readonly refusal: string | null;
  readonly tool_calls?: readonly ToolCall[] | undefined;
}

export interface ChatCompletion {
  readonly id: string;
  readonly object: "chat.completion";
  /** Unix time in seconds. */
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly message: ChatCompletionMessage;
    readonly finish_reason: string;
    readonly logprobs: unknown;
  }[];
  readonly usage?: ChatUsage | undefined;
}

/** What a chunk adds to one tool call. */
export interface ToolCallDelta {
  readonly index: number;
  readonly id?: string | undefined;
  readonly type?: string | undefined;
  readonly function?:
    | { readonly name?: string | undefined; readonly arguments?: string | undefined }
    | undefined;
  readonly custom?: { readonly name?: string | undefined; readonly input?: string | undefined } | undefined;
}

export interface ChatDelta {
  readonly role?: string | undefined;
  readonly content?: string | null | undefined;
  readonly refusal?: string | null | undefined;
  readonly tool_calls?: readonly ToolCallDelta[] | undefined;
}

export interface ChatChunk {
  readonly id: string;
  readonly object: "chat.completion.chunk";
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly delta: ChatDelta;
    readonly finish_reason: string | null;
    readonly logprobs?: unknown;
  }[];
  readonly usage?: ChatUsage | null | undefined;
}

/** Body of `POST /v1/embeddings`. */
export interface EmbeddingRequest {
  readonly model?: string | undefined;
  readonly input: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  readonly encoding_format?: string | null | undefined;
  readonly dimensions?: number | null | undefined;
}

export interface EmbeddingResponse {
  readonly object: "list";
  /** `embedding` is an array of numbers or, with `encoding_format: "base64"`, little-endian float32 in base64. */
  readonly data: readonly {
    readonly object: "embedding";
    readonly index: number;
    readonly embedding: readonly number[] | string;
  }[];
  readonly model: string;
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

/** An entry of `GET /v1/models`. */
export interface Model {
  readonly id: string;
  readonly object: "model";
  /** Unix time in seconds. */
  readonly created: number;
  readonly owned_by: string;
}
