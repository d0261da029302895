/**
 * Generation: all that a reconfiguration replaces, as one thing. Who serves which model, and the rules by which calls are
 * taken there.
 *
 *     made ──takeOver──▶ current ──retire──▶ draining ──its last call ends──▶ over
 *
 * made      everything is read and checked; nothing outside has changed, and nothing will if an option is wrong
 * current   calls that leave the admission queue go this way
 * draining  calls that came before go on, to further attempts and to the last frame, by the rules they began with
 * over      nobody is under way here
 *
 * What a generation has learned goes on in the next where it still applies: what is known of a deployment with the same id
 * and provider, and the strategy, the hedging and the affinity whose options are as they were.
 */

import { isDeepStrictEqual } from "node:util";
import type { Model } from "../chat.ts";
import type { Clock, RandomSource } from "../clock.ts";
import { PromptCompilerError } from "../errors.ts";
import type { EventListener } from "../telemetry.ts";
import type { WireRequest } from "../wires/wire.ts";
import { defaultRetry, type LoopSetting, type RetryOptions } from "./attempt.ts";
import { type BatchingOptions, batchLimits, defaultBatching, UNLIMITED } from "./batch-limits.ts";
import { batching } from "./batcher.ts";
import type { ScheduledAnswer, ScheduledCall } from "./call.ts";
import type { DeploymentOptions } from "./deployment.ts";
import { type ForwardedAnswer, type ForwardedCall, forwardOnce } from "./forward.ts";
import type { Layer } from "./layer.ts";
import { type LimitParts, Limits } from "./limits.ts";
import { ModelList } from "./models.ts";
import { readNumbers } from "./options.ts";
import { Affinity, type AffinityOptions, defaultAffinity } from "./policies/affinity.ts";
import { defaultTimeouts, type TimeoutOptions } from "./policies/deadline.ts";
import { defaultHealth, type HealthOptions } from "./policies/health.ts";
import { defaultProbe, type ProbeOptions, type ProbeRules, startProbing } from "./policies/health-probe.ts";
import { defaultHedge, type HedgeOptions, Hedging } from "./policies/hedge.ts";
import { Pool, type Serving } from "./pool.ts";
import { routeCall } from "./route.ts";
import { splitting } from "./splitter.ts";
import { guarded } from "./strategies/guarded.ts";
import type { Strategy } from "./strategies/strategy.ts";
import { type VendorCount, VendorCounting } from "./vendor-count.ts";
import type { VendorMemories } from "./vendor-memories.ts";

/** What may change while calls go on. A group of options is replaced as a whole. */
export interface ChangeableOptions {
  /** The pool. Its first deployment, by wire, answers calls that name no model. */
  readonly deployments: readonly DeploymentOptions[];
  /** @defaultValue weighted() */
  readonly strategy?: Strategy | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly timeouts?: TimeoutOptions | undefined;
  /** Takes a conversation back to where its prompt is cached; `false`: off. @defaultValue on */
  readonly affinity?: AffinityOptions | false | undefined;
  readonly health?: HealthOptions | undefined;
  /** `false`: off. @defaultValue off */
  readonly hedge?: HedgeOptions | false | undefined;
  /** `false`: off. @defaultValue off */
  readonly probe?: ProbeOptions | false | undefined;
  /** Lets embedding calls that come at about the same time share upstream requests; `false`: off. @defaultValue off */
  readonly batching?: BatchingOptions | false | undefined;
}

/** What `reconfigure` takes. What is left out stays as it is. */
export type ConfigurationChanges = {
  readonly [Name in keyof ChangeableOptions]?: ChangeableOptions[Name] | undefined;
};

/** What all generations of a scheduler share. */
export interface GenerationParts extends LimitParts {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly emit: EventListener;
  /** What to do about a model that nobody serves, for the error's message. */
  readonly modelHint: string | undefined;
  readonly memories: VendorMemories;
}

export class Generation {
  readonly options: ChangeableOptions & { readonly strategy: Strategy };
  readonly pool: Pool;
  /** The layer that batches embeddings for this pool, or else splits them; `undefined`: nobody says how many are taken. */
  readonly batching: Layer | undefined;
  readonly affinity: Affinity | undefined;
  readonly hedging: Hedging | undefined;
  readonly #clock: Clock;
  readonly #setting: LoopSetting;
  readonly #probe: ProbeRules | undefined;
  readonly #models: ModelList;
  readonly #counting: VendorCounting;
  #stopProbing: (() => void) | undefined;
  #calls = 0;
  /** Told when the last call has ended; there once it is retired. */
  #onOver: (() => void) | undefined;

  /**
   * @param earlier - the one that this is to replace
   * @throws TypeError or RangeError naming the option and its value
   */
  constructor(
    options: ChangeableOptions & { readonly strategy: Strategy },
    parts: GenerationParts,
    earlier?: Generation,
  ) {
    const { clock, random, emit, modelHint, memories } = parts;
    const { deployments, strategy, affinity, hedge, probe, batching: batches } = options;
    const retry = readNumbers("retry", options.retry, defaultRetry);
    const health = readNumbers("health", options.health, defaultHealth);
    const timeouts = readNumbers("timeouts", options.timeouts, defaultTimeouts);
    this.options = options;
    this.#clock = clock;
    this.pool = new Pool(deployments, modelHint, { clock, retry, health, timeouts }, earlier?.pool);
    this.#models = new ModelList(this.pool, clock);
    this.#counting = new VendorCounting(this.pool, clock);
    this.#probe = probe ? readNumbers("probe", probe, defaultProbe) : undefined;
    this.affinity =
      affinity === false
        ? undefined
        : keptOr(
            earlier?.affinity,
            readNumbers("affinity", affinity, defaultAffinity),
            (rules) => new Affinity(rules, clock),
          );
    this.hedging = hedge
      ? keptOr(earlier?.hedging, readNumbers("hedge", hedge, defaultHedge), (rules) => new Hedging(rules))
      : undefined;
    const limits = Limits.of(deployments, parts);
    this.#setting = {
      clock,
      random,
      emit,
      strategy: guarded(strategy, emit),
      retry,
      hedging: this.hedging,
      limits,
      memories,
    };
    this.batching = batches ? this.#batchingLayer(batches) : this.#splittingLayer();
  }

  /** Its rules hold from here on. */
  takeOver(): void {
    this.pool.takeOver();
    this.#setting.limits?.takeOver();
    this.#stopProbing = this.#probe && startProbing(() => this.pool.deployments, this.#probe, this.#clock);
  }

  /** Takes a call to its answer; it is under way to the last frame. */
  async run(call: ScheduledCall): Promise<ScheduledAnswer> {
    this.#enter();
    let answer: ScheduledAnswer;
    try {
      answer = await routeCall(call, this.#serving(call), this.#setting, this.affinity);
    } catch (error) {
      this.#leave();
      throw error;
    }
    if (answer.ended === undefined) this.#leave();
    else void answer.ended.then(() => this.#leave());
    return answer;
  }

  /** Takes a call to be forwarded to its answer; it is under way to the last byte. */
  async forward(call: ForwardedCall): Promise<ForwardedAnswer> {
    this.#enter();
    let answer: ForwardedAnswer;
    try {
      answer = await forwardOnce(call, this.pool.forwarding(call), this.#setting);
    } catch (error) {
      this.#leave();
      throw error;
    }
    void answer.ended.then(() => this.#leave());
    return answer;
  }

  /** What a vendor counts that its model would read; `undefined`: nobody counts. */
  async countTokens(request: WireRequest, signal: AbortSignal): Promise<VendorCount | undefined> {
    this.#enter();
    try {
      return await this.#counting.count(request, signal);
    } finally {
      this.#leave();
    }
  }

  /** The models that are served: concrete names first, then what the upstreams list behind patterns. */
  async models(signal: AbortSignal): Promise<readonly Model[]> {
    this.#enter();
    try {
      return await this.#models.list(signal);
    } finally {
      this.#leave();
    }
  }

  /** Expects no more calls. Resolves when those under way have ended. */
  async retire(): Promise<void> {
    this.#stopProbing?.();
    await new Promise<void>((resolve) => {
      this.#onOver = resolve;
      if (this.#calls === 0) resolve();
    });
    this.#models.close();
  }

  #enter(): void {
    // Only the last one is retired with calls still to come.
    if (this.#onOver !== undefined && this.#calls === 0) {
      throw new PromptCompilerError("PC_CLOSED", "the scheduler is closed");
    }
    this.#calls += 1;
  }

  #leave(): void {
    this.#calls -= 1;
    if (this.#calls === 0) this.#onOver?.();
  }

  #serving({ model, wire, keptBy }: ScheduledCall): Serving {
    const serving = this.pool.serving(model, wire);
    return keptBy === undefined ? serving : this.pool.atHome(serving, keptBy);
  }

  #batchingLayer(options: BatchingOptions): Layer {
    const { maxWaitMs, ...otherwise } = readNumbers("batching", options, defaultBatching);
    const serving = (call: ScheduledCall) => this.#serving(call).deployments;
    const limitsFor = batchLimits(otherwise, this.options.deployments, serving);
    return batching({ clock: this.#clock, maxWaitMs, limitsFor });
  }

  /** Where calls are not batched, those that are too large are split all the same. */
  #splittingLayer(): Layer | undefined {
    const { deployments } = this.options;
    if (
      deployments.every(({ batch, provider }) => batch === undefined && provider.mostInputs === undefined)
    ) {
      return undefined;
    }
    return splitting(batchLimits(UNLIMITED, deployments, (call) => this.#serving(call).deployments));
  }
}

/** The earlier part, with what it has learned, where it went by the same rules. */
function keptOr<Rules, Part extends { readonly rules: Rules }>(
  earlier: Part | undefined,
  rules: Rules,
  make: (rules: Rules) => Part,
): Part {
  return earlier !== undefined && isDeepStrictEqual(earlier.rules, rules) ? earlier : make(rules);
}
