import type { Model } from "../chat.ts";
import { type Clock, type RandomSource, systemClock } from "../clock.ts";
import type { Embedder } from "../embedder.ts";
import { PromptCompilerError } from "../errors.ts";
import type { Storage } from "../storage/storage.ts";
import { type EventListener, toEmitter } from "../telemetry.ts";
import { type AdmissionOptions, admission, defaultAdmission } from "./admission.ts";
import { defaultRetry, type LoopSetting, type RetryOptions } from "./attempt.ts";
import { type BatchingOptions, batchLimits, defaultBatching } from "./batch-limits.ts";
import { batching } from "./batcher.ts";
import { type CachedAnswers, createReuse, type ReuseOptions } from "./cache/cached-answers.ts";
import type { ScheduledAnswer, ScheduledCall } from "./call.ts";
import type { DeploymentOptions } from "./deployment.ts";
import { compose } from "./layer.ts";
import { Limits } from "./limits.ts";
import { ModelList } from "./models.ts";
import { readNumbers } from "./options.ts";
import { Affinity, type AffinityOptions, defaultAffinity } from "./policies/affinity.ts";
import { defaultTimeouts, type TimeoutOptions } from "./policies/deadline.ts";
import { defaultHealth, type HealthOptions } from "./policies/health.ts";
import { defaultProbe, type ProbeOptions, startProbing } from "./policies/health-probe.ts";
import { defaultHedge, type HedgeOptions, Hedging } from "./policies/hedge.ts";
import { Pool } from "./pool.ts";
import type { Price } from "./price.ts";
import { CallQueue } from "./queue.ts";
import { routeCall } from "./route.ts";
import { SharedCooldowns } from "./shared-cooldowns.ts";
import { localState } from "./state/local.ts";
import type { SharedState } from "./state/shared-state.ts";
import { guarded } from "./strategies/guarded.ts";
import type { Strategy } from "./strategies/strategy.ts";
import { weighted } from "./strategies/weighted.ts";

export interface SchedulerOptions extends ReuseOptions {
  /** The pool. Its first deployment, by wire, answers calls that name no model. */
  readonly deployments: readonly DeploymentOptions[];
  /** @defaultValue weighted() */
  readonly strategy?: Strategy | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly timeouts?: TimeoutOptions | undefined;
  /** Takes a conversation back to where its prompt is cached; `false`: off. @defaultValue on */
  readonly affinity?: AffinityOptions | false | undefined;
  readonly health?: HealthOptions | undefined;
  /** @defaultValue off */
  readonly hedge?: HedgeOptions | undefined;
  /** @defaultValue off */
  readonly probe?: ProbeOptions | undefined;
  /** Where kept answers live beyond memory; whoever gave it closes it. @defaultValue none: memory only */
  readonly storage?: Storage | undefined;
  /** Embeds questions for a semantic cache that has no embedder of its own. @defaultValue none */
  readonly embedder?: Embedder | undefined;
  /** Lets embedding calls that come at about the same time share upstream requests. @defaultValue off */
  readonly batching?: BatchingOptions | undefined;
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

  /** The models that are served: concrete names first, then what the upstreams list behind patterns. */
  models(signal: AbortSignal): Promise<readonly Model[]>;

  /** The answers that are kept, to be thrown out. */
  readonly answers: Pick<CachedAnswers, "clear" | "forget">;

  /** What a deployment charges; `undefined`: not known. @param deployment - its id */
  priceOf(deployment: string): Price | undefined;

  /** The deployments as they are now, in the pool's order. */
  describe(): readonly DeploymentStatus[];

  /**
   * Takes no more calls and closes the providers, each of which waits for its attempts under way. A call that is between
   * two attempts then fails. A second call does the same.
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
  const { clock = systemClock, random = Math.random, strategy = weighted() } = options;
  const retry = readNumbers("retry", options.retry, defaultRetry);
  const pool = new Pool(options.deployments, options.modelHint, {
    clock,
    retry,
    health: readNumbers("health", options.health, defaultHealth),
    timeouts: readNumbers("timeouts", options.timeouts, defaultTimeouts),
  });
  const models = new ModelList(pool, clock);
  const providers = new Set(pool.deployments.map(({ provider }) => provider));
  const probe = options.probe && readNumbers("probe", options.probe, defaultProbe);
  const stopProbing = probe && startProbing(() => pool.deployments, probe, clock);
  const { state = localState({ clock }) } = options;
  // Nobody shares a state that was made here.
  const emit = toEmitter(options.onEvent);
  const cooldowns = options.state && new SharedCooldowns(options.state, pool.deployments, emit);
  const admissionRules = readNumbers("admission", options.admission, defaultAdmission);
  const queue = new CallQueue(clock, admissionRules);
  const setting: LoopSetting = {
    clock,
    random,
    strategy: guarded(strategy, emit),
    retry,
    hedging: options.hedge && new Hedging(readNumbers("hedge", options.hedge, defaultHedge)),
    limits: Limits.of(options.deployments, { clock, state, queue }),
    emit: cooldowns?.emit ?? emit,
  };
  const { storage, embedder } = options;
  const reuse = createReuse(options, { storage, embedder, state, clock, emit: setting.emit });
  const serving = (call: ScheduledCall) => pool.serving(call.model, call.wire);
  const batches = options.batching && readNumbers("batching", options.batching, defaultBatching);
  const affinity =
    options.affinity === false
      ? undefined
      : new Affinity(readNumbers("affinity", options.affinity, defaultAffinity), clock);
  const run = compose(
    // The order is that of layer.ts: cache, single-flight, admission. `undefined` is a layer that is off.
    [
      ...reuse.layers,
      batches &&
        batching({
          clock,
          maxWaitMs: batches.maxWaitMs,
          limitsFor: batchLimits(batches, options.deployments, (call) => serving(call).deployments),
        }),
      admission(admissionRules, clock, queue),
    ],
    (call) => routeCall(call, serving(call), setting, affinity),
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

    async models(signal) {
      assertOpen();
      return models.list(signal);
    },

    answers: reuse.answers,

    priceOf: (deployment) => pool.deployments.find(({ id }) => id === deployment)?.price,

    describe: () =>
      pool.deployments.map(({ id, model, provider, inFlight, cooldownUntil }) => ({
        id,
        model,
        provider: provider.name,
        inFlight,
        cooldownUntil,
      })),

    async close() {
      closed = true;
      models.close();
      stopProbing?.();
      await Promise.all([...providers].map((provider) => provider.close?.()));
      await state.close();
      await reuse.answers.close();
    },
  };
}
