import type { Model } from "../chat.ts";
import { type Clock, type RandomSource, systemClock } from "../clock.ts";
import type { Embedder } from "../embedder.ts";
import { PromptCompilerError } from "../errors.ts";
import type { Storage } from "../storage/storage.ts";
import { type EventListener, toEmitter } from "../telemetry.ts";
import type { Wire, WireRequest } from "../wires/wire.ts";
import { type AdmissionOptions, admission, defaultAdmission } from "./admission.ts";
import { type BatchPlace, batchPlaceOf } from "./batch-place.ts";
import { type CachedAnswers, createReuse, type ReuseOptions } from "./cache/cached-answers.ts";
import type { ScheduledAnswer, ScheduledCall } from "./call.ts";
import { checkChanges } from "./changes.ts";
import type { ForwardedAnswer, ForwardedCall } from "./forward.ts";
import type { ChangeableOptions, ConfigurationChanges } from "./generation.ts";
import { Generations } from "./generations.ts";
import { changing, compose } from "./layer.ts";
import { readNumbers } from "./options.ts";
import type { Price } from "./price.ts";
import { CallQueue } from "./queue.ts";
import { SharedCooldowns } from "./shared-cooldowns.ts";
import { localState } from "./state/local.ts";
import type { SharedState } from "./state/shared-state.ts";
import { weighted } from "./strategies/weighted.ts";
import type { VendorCount } from "./vendor-count.ts";
import { VendorMemories } from "./vendor-memories.ts";

export interface SchedulerOptions extends ChangeableOptions, ReuseOptions {
  /** Where kept answers live beyond memory; whoever gave it closes it. @defaultValue none: memory only */
  readonly storage?: Storage | undefined;
  /** Embeds questions for a semantic cache that has no embedder of its own. @defaultValue none */
  readonly embedder?: Embedder | undefined;
  readonly admission?: AdmissionOptions | undefined;
  /** Where limits are counted, and cooldowns and runs known. The scheduler closes it. @defaultValue localState() */
  readonly state?: SharedState | undefined;
  /** What to do about a model that nobody serves, for the error's message: "set OPENAI_API_KEY for gpt-*". */
  readonly modelHint?: string | undefined;
  readonly onEvent?: EventListener | undefined;
  /** @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
  /** @defaultValue Math.random */
  readonly random?: RandomSource | undefined;
}

/** Decides which deployment gets a call, when, and what follows if that fails. Safe for concurrent calls. */
export interface Scheduler {
  /**
   * Resolves at the commit point of the first attempt that reaches it.
   *
   * @throws PromptCompilerError `PC_MODEL_NOT_FOUND`, `PC_NO_DEPLOYMENT_AVAILABLE`, `PC_QUEUE_FULL`, `PC_CLOSED`;
   *   AllDeploymentsFailedError; ProviderError where no other deployment could do better; `signal.reason` on abort
   */
  run(call: ScheduledCall): Promise<ScheduledAnswer>;

  /**
   * Takes a call that nobody here reads to the deployment of its model, or to the first that forwards any. One attempt, of
   * which the caller gets every byte; admission and limits are those of every call.
   *
   * @throws what `run` throws
   */
  forward(call: ForwardedCall): Promise<ForwardedAnswer>;

  /**
   * Asks a vendor how many tokens its model would read of a request. One question: no retry, no failover.
   *
   * @returns `undefined` where no deployment of the model speaks the request's wire and counts
   * @throws ProviderError if the vendor refuses, fails or takes too long; `PC_CLOSED`; `signal.reason`
   */
  countTokens(request: WireRequest, signal: AbortSignal): Promise<VendorCount | undefined>;

  /** The models that are served: concrete names first, then what the upstreams list behind patterns. */
  models(signal: AbortSignal): Promise<readonly Model[]>;

  /** The answers that are kept, to be thrown out. */
  readonly answers: Pick<CachedAnswers, "clear" | "forget">;

  /** What a deployment charges, or charged before it went; `undefined`: not known. @param deployment - its id */
  priceOf(deployment: string): Price | undefined;

  /** The deployments as they are now, in the pool's order. */
  describe(): readonly DeploymentStatus[];

  /**
   * Changes the configuration while calls go on. What is left out of `changes` stays as it is; a group of options is
   * replaced as a whole. A call goes by what held when it left the admission queue, to its last frame; those that leave it
   * after this was called go by the new. What is known of a deployment stays where id and provider stay.
   *
   * @returns when the calls of before have ended and the providers that nobody needs any more are closed
   * @throws TypeError or RangeError naming the option and its value, and nothing has changed; `PC_CLOSED`
   */
  reconfigure(changes: ConfigurationChanges): Promise<void>;

  /**
   * The deployment that takes a batch whole, if there is one.
   *
   * @param models - what its calls ask for; `undefined`: the choice is left to the pool
   */
  batchPlace(wire: Wire, models: ReadonlySet<string | undefined>): BatchPlace | undefined;

  /**
   * Takes no more calls, waits for those under way, to their last frames, and closes the providers. A call that is still
   * in the admission queue when the others have ended fails with `PC_CLOSED`. A second call waits for the same.
   */
  close(): Promise<void>;
}

/** A deployment at one moment. */
export interface DeploymentStatus {
  readonly id: string;
  readonly model: string;
  /** Name of its provider. */
  readonly provider: string;
  /** Attempts under way. */
  readonly inFlight: number;
  /** Milliseconds since the epoch; in the past: not cooling down. */
  readonly cooldownUntil: number;
}

/** @throws TypeError or RangeError naming the option and its value */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { clock = systemClock, random = Math.random, strategy = weighted(), storage, embedder } = options;
  const { state = localState({ clock }), modelHint } = options;
  // Nobody shares a state that was made here.
  const listener = toEmitter(options.onEvent);
  const cooldowns = options.state && new SharedCooldowns(options.state, listener);
  const emit = cooldowns?.emit ?? listener;
  const admissionRules = readNumbers("admission", options.admission, defaultAdmission);
  const queue = new CallQueue(clock, admissionRules);
  const generations = new Generations(
    { ...options, strategy },
    { clock, random, state, queue, lines: new Map(), emit, modelHint, memories: new VendorMemories(clock) },
    ({ pool }) => cooldowns?.follow(pool),
  );
  const reuse = createReuse(options, { storage, embedder, state, clock, emit });
  const door = admission(admissionRules, clock, queue);
  const forward = door((call: ForwardedCall) => generations.current.forward(call));
  const run = compose(
    // The order is that of layer.ts: cache, single-flight, admission. `undefined` is a layer that is off.
    [...reuse.layers, changing(() => generations.current.batching), door],
    (call) => generations.current.run(call),
  );
  let closed = false;
  const assertOpen = (): void => {
    if (closed) throw new PromptCompilerError("PC_CLOSED", "the scheduler is closed");
  };

  return {
    async run(call) {
      assertOpen();
      call.signal.throwIfAborted();
      cooldowns?.hear();
      return run(call);
    },

    async forward(call) {
      assertOpen();
      call.signal.throwIfAborted();
      cooldowns?.hear();
      return forward(call);
    },

    async countTokens(request, signal) {
      assertOpen();
      return generations.current.countTokens(request, signal);
    },

    async models(signal) {
      assertOpen();
      return generations.current.models(signal);
    },

    answers: reuse.answers,

    batchPlace: (wire, models) => batchPlaceOf(generations.current.pool, wire, models),

    priceOf: (deployment) => generations.priceOf(deployment),

    describe: () =>
      generations.current.pool.deployments.map(({ id, model, provider, inFlight, cooldownUntil }) => ({
        id,
        model,
        provider: provider.name,
        inFlight,
        cooldownUntil,
      })),

    async reconfigure(changes) {
      assertOpen();
      checkChanges(changes);
      await generations.replace(changes);
    },

    async close() {
      closed = true;
      await generations.close();
      await state.close();
      await reuse.answers.close();
    },
  };
}
