import type {
  CallContext,
  ChatChunk,
  ChatCompletion,
  ChatRequest,
  EmbeddingRequest,
  EmbeddingResponse,
  Model,
} from "./chat.ts";
import type { CompileReport } from "./core/report.ts";
import type { Reply, WireRequest } from "./wires/wire.ts";

/** The compiler: every call goes through one of these. Safe for any number of concurrent calls. */
export interface PromptCompiler {
  chat(request: ChatRequest, call?: CallContext): Promise<ChatCompletion>;
  stream(request: ChatRequest, call?: CallContext): AsyncIterable<ChatChunk>;
  embed(request: EmbeddingRequest, call?: CallContext): Promise<EmbeddingResponse>;
  /** A dry run: what would be sent, and why. Sends nothing. */
  compile(
    request: ChatRequest,
    call?: CallContext,
  ): Promise<{ readonly request: ChatRequest; readonly report: CompileReport }>;
  /** What is served: concrete names first, behind a pattern what the upstream lists. */
  models(call?: CallContext): Promise<readonly Model[]>;
  close(): Promise<void>;

  /** The seam for adapters: a request of any wire in, an answer in the same wire out, bytes kept where they can be. */
  dispatch(request: WireRequest, call?: CallContext): Promise<Answer>;
}

/** What `dispatch` gives. On failure it throws: `AllDeploymentsFailedError`, `PromptCompilerError`, `signal.reason`. */
export interface Answer {
  /** Names the call in headers and events. */
  readonly callId: string;
  readonly deployment: string;
  readonly sentModel: string;
  /** What the answer says it is from; `undefined` if it does not say. */
  readonly servedModel: string | undefined;
  /** Upstream requests made, the successful one included. */
  readonly attempts: number;
  /** Milliseconds spent waiting for upstreams, up to the commit point. */
  readonly upstreamMs: number;
  readonly dropped: readonly string[];
  /** On compiled calls. */
  readonly report: CompileReport | undefined;
  /** In the request's own wire. Iterating frames throws where the upstream breaks off. */
  readonly reply: Reply;
}
