/**
 * The layers that let one answer serve several calls, in their order, and what their keeper can do with what they keep.
 *
 *     call ──▶ exact cache ──▶ semantic cache ──▶ only-if-cached ──▶ single-flight ──▶ the rest
 *
 * All of them take part in repeatable calls only, and share each call's key.
 */
import type { Clock } from "../../clock.ts";
import type { Embedder } from "../../embedder.ts";
import type { Storage } from "../../storage/storage.ts";
import type { EventListener } from "../../telemetry.ts";
import type { Layer } from "../layer.ts";
import { sharedRuns } from "../shared-run.ts";
import { singleFlight } from "../single-flight.ts";
import type { SharedState } from "../state/shared-state.ts";
import type { AnswerFacts } from "./cached-answer.ts";
import { createCallKeys } from "./call-key.ts";
import { exactCache } from "./exact-layer.ts";
import { onlyIfCached } from "./only-if-cached.ts";
import { PatientStorage } from "./patient-storage.ts";
import type { ResponseCache } from "./response-cache.ts";
import { type SemanticCache, semanticLayer } from "./semantic-cache.ts";

/** Which answers serve several calls. */
export interface ReuseOptions {
  /** Keeps the answers to repeatable calls: `responseCache()`. @defaultValue off */
  readonly cache?: ResponseCache | undefined;
  /** Answers the same question in other words: `semanticCache()`. @defaultValue off */
  readonly semanticCache?: SemanticCache | undefined;
  /**
   * Repeatable calls that are the same and under way at once share one run; of whole answers with other processes too,
   * where `state` is theirs as well.
   *
   * @defaultValue whether there is a `cache`
   */
  readonly singleFlight?: boolean | undefined;
}

/** What the caches of a scheduler are made with. */
export interface ReuseParts {
  readonly storage: Storage | undefined;
  readonly embedder: Embedder | undefined;
  /** Where processes that share it find each other's runs. */
  readonly state: SharedState;
  readonly clock: Clock;
  readonly emit: EventListener;
}

/** Which kept answers; all that is said must be true of an answer, so that nothing said means every answer. */
export interface AnswerFilter {
  readonly tenant?: string | undefined;
  /** The model that was requested, sent, or served. */
  readonly model?: string | undefined;
  /** The answer's own id ("chatcmpl-…"), or that of the call it was made for (`x-request-id`). */
  readonly id?: string | undefined;
}

/** Context that is being forgotten. */
export interface ForgottenContext {
  readonly tenant: string;
  /** Everything of the tenant. */
  readonly wholeTenant: boolean;
  readonly itemIds: ReadonlySet<string>;
  /** Agents that owned it. */
  readonly agentIds: ReadonlySet<string>;
}

/** The kept answers of a scheduler. */
export interface CachedAnswers {
  /** Throws answers out, of all caches; resolves when they are gone. @returns how many there were */
  clear(filter?: AnswerFilter): Promise<number>;
  /** Throws out every answer that may hold words of forgotten context. @returns how many there were */
  forget(context: ForgottenContext): Promise<number>;
  close(): Promise<void>;
}

/** Makes the layers that `options` ask for; where they ask for none, there is only the refusal of "only-if-cached". */
export function createReuse(
  options: ReuseOptions,
  parts: ReuseParts,
): { readonly layers: readonly (Layer | undefined)[]; readonly answers: CachedAnswers } {
  const { clock } = parts;
  const keys = createCallKeys();
  const withPatience = { ...parts, patience: new PatientStorage(parts) };
  const store = options.cache?.open(withPatience);
  const semantic = options.semanticCache?.open(withPatience);
  const sharesRuns = options.singleFlight ?? store !== undefined;

  async function throwOut(
    tenant: string | undefined,
    matches: (facts: AnswerFacts) => boolean,
  ): Promise<number> {
    const stores = [store, semantic?.answers];
    const counts = await Promise.all(stores.map((each) => each?.clear(tenant, matches)));
    return counts.reduce<number>((sum, count = 0) => sum + count, 0);
  }

  return {
    layers: [
      store && exactCache(store, keys, clock),
      semantic && semanticLayer(semantic, keys, clock),
      onlyIfCached,
      sharesRuns ? singleFlight(keys, clock, sharedRuns(parts.state, clock)) : undefined,
    ],
    answers: {
      clear: ({ tenant, model, id } = {}) =>
        throwOut(
          tenant,
          ({ requestedModel, sentModel, servedModel, answerId, callId }) =>
            (model === undefined || [requestedModel, sentModel, servedModel].includes(model)) &&
            (id === undefined || id === answerId || id === callId),
        ),
      forget: ({ tenant, wholeTenant, itemIds, agentIds }) =>
        throwOut(
          tenant,
          ({ contextIds, keeper }) =>
            wholeTenant ||
            contextIds.some((id) => itemIds.has(id)) ||
            (keeper !== undefined && agentIds.has(keeper)),
        ),
      async close() {
        await Promise.all([store?.close(), semantic?.answers.close()]);
      },
    },
  };
}
