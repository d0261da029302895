import type { Need, Reply, Wire, WireRequest } from "../wires/wire.ts";
import type { CacheControl } from "./cache/cache-control.ts";
import type { Conversation } from "./conversation.ts";
import type { LostCost } from "./lost-cost.ts";

/** What a request is rendered for: the facts of a deployment that change its bytes. */
export interface RenderTarget {
  readonly wire: Wire;
  /** The model name as it is sent. */
  readonly model: string;
  readonly contextWindow: number | undefined;
  /** The wire the deployment is asked in; `undefined`: no deployment in particular. */
  readonly spoken?: Wire | undefined;
}

/** What the scheduler is asked to do. */
export interface ScheduledCall {
  readonly callId: string;
  readonly wire: Wire;
  /** The requested model; `undefined` or "auto": the pool's first deployment for this wire. */
  readonly model: string | undefined;
  /** Id of the deployment whose account keeps what the call goes on from: nobody else can. */
  readonly keptBy?: string | undefined;
  readonly stream: boolean;
  /** The request as one deployment should get it, before model name and usage option are set. Given by the top. */
  readonly requestFor: (target: RenderTarget) => WireRequest;
  /** What a deployment must be able to do for it. Asked for only where a deployment says what it can do. */
  readonly needs?: (() => readonly Need[]) | undefined;
  /** Tokens of the input, estimated. Asked for only where a deployment says how much it holds. */
  readonly inputTokens?: (() => number) | undefined;
  /** The conversation it belongs to, if any. Asked for only where there is a choice of deployments. */
  readonly conversation?: (() => Conversation | undefined) | undefined;
  /** Whose call it is: nothing is shared between tenants. @defaultValue "default" */
  readonly tenant?: string | undefined;
  /** Who is calling, within the tenant. */
  readonly agentId?: string | undefined;
  /** The group it calls for. */
  readonly group?: string | undefined;
  /** What it asks of the caches; `undefined`: nothing, so that only what repeats by itself is looked up or kept. */
  readonly cache?: CacheControl | undefined;
  /** Ids of the context items that were injected into the request. Asked for only where an answer is kept. */
  readonly contextIds?: (() => readonly string[]) | undefined;
  /** Its words go into shared context: a kept answer is its own agent's, and goes when that agent's context goes. */
  readonly writesContext?: boolean | undefined;
  /** Bytes of the request as it came; `undefined`: unknown, and not counted. */
  readonly bytes?: number | undefined;
  /** Tokens the answer may have, where the request says. Asked for only where a deployment limits tokens. */
  readonly outputLimit?: (() => number | undefined) | undefined;
  /** Hears of what attempts cost that do not give the answer. */
  readonly lost?: LostCost | undefined;
  /** Higher goes first where calls wait. @defaultValue 0 */
  readonly priority?: number | undefined;
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
  /** Names of what was put into the vendor's own words: "max_tokens", "messages[].role". @defaultValue none */
  readonly changed?: readonly string[] | undefined;
  /**
   * A body, or frames that begin with everything up to the first meaningful one. Iterating the frames throws a
   * `ProviderError` if the upstream breaks off, `signal.reason` on abort.
   */
  readonly reply: Reply;
  /** Resolves when the last of the answer is through, however that ends; `undefined`: it is already. */
  readonly ended?: Promise<void> | undefined;
  /** What the caches had to do with it. @defaultValue "bypass" */
  readonly cache?: CacheOutcome | undefined;
}

/**
 * "hit": kept from the same call. "semantic": kept from a call that asked the same in other words. "joined": made for
 * another call at the same time. "miss": made for this call, and kept. "bypass": no cache took part.
 */
export type CacheOutcome = "hit" | "semantic" | "joined" | "miss" | "bypass";

/** Whether an answer was made for another call, so that this one used nothing. */
export function isSpared(cache: CacheOutcome): boolean {
  return cache === "hit" || cache === "semantic" || cache === "joined";
}
