import type { Usage } from "./chat.ts";
import type { FailureKind } from "./errors.ts";

/**
 * What happens inside, as plain data: no content, no keys. The library never prints; who wants to know passes
 * `onEvent`.
 */
export type PromptCompilerEvent =
  | {
      readonly type: "call-start";
      readonly callId: string;
      readonly wire: string;
      readonly requestedModel: string;
    }
  | {
      readonly type: "call-end";
      readonly callId: string;
      readonly outcome: "succeeded" | "failed" | "cancelled";
      readonly attempts: number;
      readonly durationMs: number;
      /** What the call used: nothing, in zeros, where its answer was made for another call. */
      readonly usage: Usage | undefined;
      /** What the caches had to do with it. */
      readonly cache: "hit" | "semantic" | "joined" | "miss" | "bypass";
      /** What the call would have used, had its answer not been made for another. */
      readonly savedUsage: Usage | undefined;
      /** What the answer cost, in US dollars, 0 where there was none; `undefined`: not known, which is not 0. */
      readonly costUsd: number | undefined;
      /**
       * What other attempts cost, failed ones and slower ones, in US dollars: 0 where each was refused, `undefined` where
       * one may have used tokens that nobody told of.
       */
      readonly lostUsd: number | undefined;
      /** What the call would have cost, had its answer not been made for another. */
      readonly savedUsd: number | undefined;
    }
  | {
      readonly type: "attempt-start";
      readonly callId: string;
      readonly deployment: string;
      readonly attempt: number;
    }
  | {
      readonly type: "attempt-end";
      readonly callId: string;
      readonly deployment: string;
      readonly attempt: number;
      /** `undefined`: the attempt succeeded, or was cancelled. */
      readonly failure: FailureKind | undefined;
      readonly durationMs: number;
    }
  | { readonly type: "failover"; readonly callId: string; readonly from: string; readonly to: string }
  /** A second attempt begins while the first is still under way. */
  | { readonly type: "hedge"; readonly callId: string; readonly to: string }
  | {
      readonly type: "cooldown";
      readonly deployment: string;
      readonly failure: FailureKind;
      readonly untilMs: number;
      /** Another process found out, and told. */
      readonly heard: boolean;
    }
  /** Calls go by another configuration from here on; those of before end by theirs. Ids of deployments. */
  | {
      readonly type: "reconfigured";
      readonly added: readonly string[];
      readonly removed: readonly string[];
      /** The same id with the same provider: what is known of them still holds. */
      readonly kept: readonly string[];
    }
  | {
      readonly type: "context-compiled";
      readonly callId: string;
      readonly tokensBefore: number;
      readonly tokensAfter: number;
      readonly injected: number;
    }
  | {
      readonly type: "context-captured";
      readonly callId: string;
      /** Items that are new. */
      readonly entries: number;
      /** Secrets that were taken out of them. */
      readonly secretsRemoved: number;
    }
  /** A model noted what was to be learned from a call. */
  | { readonly type: "context-learned"; readonly callId: string; readonly entries: number }
  /** What an older release has stored is brought to today's format, while it is used: how far that has come. */
  | {
      readonly type: "migration";
      /** What is done to the records. */
      readonly what: string;
      /** How many are done, since this process began with it. */
      readonly records: number;
      readonly ended: boolean;
    }
  /** The lines of a batch begin. */
  | { readonly type: "batch-start"; readonly batchId: string; readonly lines: number }
  /** A batch is at its end, and its files are there. */
  | {
      readonly type: "batch-end";
      readonly batchId: string;
      readonly outcome: "completed" | "failed" | "expired" | "cancelled";
      /** Lines that were answered. */
      readonly completed: number;
      /** Lines that were not; 0 where none was begun. */
      readonly failed: number;
    }
  /** Something that must not fail the call failed; the call went on without it. */
  | {
      readonly type: "degraded";
      readonly callId: string | undefined;
      /**
       * "ranker": what ranks could not be prepared, such as vectors; "stream": an event of the answer could not be read and was left out; "response": an answer could not be kept; "learning": a model noted nothing; "stats": calls could not be counted, told once until they can;
       * "count": a vendor did not count, and tokens were counted here.
       */
      readonly what:
        | "compile"
        | "ranker"
        | "capture"
        | "storage"
        | "stream"
        | "strategy"
        | "batch"
        | "response"
        | "learning"
        | "stats"
        | "count";
      readonly error: unknown;
    };

/** Receives events, in order, while the call goes on: return quickly. What it throws is ignored. */
export type EventListener = (event: PromptCompilerEvent) => void;

/** Calls `listener` so that its mistakes stay its own; gives a function that does nothing where there is none. */
export function toEmitter(listener: EventListener | undefined): EventListener {
  if (listener === undefined) return () => undefined;
  return (event) => {
    try {
      listener(event);
    } catch {
      // A listener that throws must not change what happens to the call it listens to.
    }
  };
}
