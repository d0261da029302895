import type { Reply, Wire, WireRequest } from "../wires/wire.ts";

/** What a request is rendered for: the facts of a deployment that change its bytes. */
export interface RenderTarget {
  readonly wire: Wire;
  /** The model name as it is sent. */
  readonly model: string;
  readonly contextWindow: number | undefined;
}

/** What the scheduler is asked to do. */
export interface ScheduledCall {
  readonly callId: string;
  readonly wire: Wire;
  /** The requested model; `undefined` or "auto": the pool's first deployment for this wire. */
  readonly model: string | undefined;
  readonly stream: boolean;
  /** The request as one deployment should get it, before model name and usage option are set. Given by the top. */
  readonly requestFor: (target: RenderTarget) => WireRequest;
  /** Milliseconds from now; `undefined`: no deadline. */
  readonly deadlineMs: number | undefined;
  readonly signal: AbortSignal;
}

/** What came of it: the first attempt that reached its commit point. */
export interface ScheduledAnswer {
  /** Id of the deployment that answered. */
  readonly deployment: string;
  readonly sentModel: string;
  /** What the answer, or the first frame of a streamed one, says it is from; `undefined` if it does not say. */
  readonly servedModel: string | undefined;
  /** Upstream requests made for this call, the successful one included. */
  readonly attempts: number;
  /** Milliseconds spent waiting for upstreams, up to the commit point. */
  readonly upstreamMs: number;
  /** Names of parameters that were left out because the deployment's provider rejects them. */
  readonly dropped: readonly string[];
  /**
   * A body, or frames that begin with everything up to the first meaningful one. Iterating the frames throws a
   * `ProviderError` if the upstream breaks off, `signal.reason` on abort.
   */
  readonly reply: Reply;
}
