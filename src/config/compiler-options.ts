import type { BatchesOptions } from "../batches/batches.ts";
import type { Clock, RandomSource } from "../clock.ts";
import type { Embedder } from "../embedder.ts";
import type { Ranker } from "../ranker.ts";
import type { ResponsesOptions } from "../responses/responses.ts";
import type { AdmissionOptions } from "../scheduler/admission.ts";
import type { RetryOptions } from "../scheduler/attempt.ts";
import type { BatchingOptions } from "../scheduler/batch-limits.ts";
import type { ReuseOptions } from "../scheduler/cache/cached-answers.ts";
import type { DeploymentOptions } from "../scheduler/deployment.ts";
import type { AffinityOptions } from "../scheduler/policies/affinity.ts";
import type { TimeoutOptions } from "../scheduler/policies/deadline.ts";
import type { HealthOptions } from "../scheduler/policies/health.ts";
import type { ProbeOptions } from "../scheduler/policies/health-probe.ts";
import type { HedgeOptions } from "../scheduler/policies/hedge.ts";
import type { SharedState } from "../scheduler/state/shared-state.ts";
import type { Strategy } from "../scheduler/strategies/strategy.ts";
import type { StatsOptions } from "../stats/stats.ts";
import type { Storage } from "../storage/storage.ts";
import type { EventListener } from "../telemetry.ts";

/** What `createPromptCompiler` takes. Everything may be left out. */
export interface PromptCompilerOptions extends ReuseOptions {
  /**
   * Places that serve models; the first is what `auto`, or no model, means. The built-in models stand behind them,
   * under their own names.
   *
   * @defaultValue none: the built-in models only
   */
  readonly deployments?: readonly DeploymentOptions[] | undefined;
  /** Picks one of the eligible deployments. A strategy belongs to one compiler. @defaultValue weighted() */
  readonly strategy?: Strategy | undefined;
  /**
   * Says how well texts match a question, where contexts are compiled and searched: with `hybridRanker` of
   * `prompt-compiler/core` by embeddings too. @defaultValue lexicalRanker()
   */
  readonly ranker?: Ranker | undefined;
  /** Everything durable. The compiler closes it. @defaultValue memory() */
  readonly storage?: Storage | undefined;
  /** How much of a context is sent. */
  readonly context?: ContextOptions | undefined;
  /** How often a call is tried, and how long it waits in between. */
  readonly retry?: RetryOptions | undefined;
  /** How long an attempt may take. */
  readonly timeouts?: TimeoutOptions | undefined;
  /** When a deployment counts as down, and how it comes back. */
  readonly health?: HealthOptions | undefined;
  /** A second attempt elsewhere when the first is slower than almost all before it; `false`: off. @defaultValue off */
  readonly hedge?: HedgeOptions | false | undefined;
  /** Asks deployments that are down whether they are back, so that no call has to; `false`: off. @defaultValue off */
  readonly probe?: ProbeOptions | false | undefined;
  /** Lets embedding calls that come at about the same time share upstream requests; `false`: off. @defaultValue off */
  readonly batching?: BatchingOptions | false | undefined;
  /** Takes a conversation back to where its prompt is cached; `false`: off. @defaultValue on */
  readonly affinity?: AffinityOptions | false | undefined;
  /** How the batches of `/v1/batches` and `compiler.batches` are run. */
  readonly batches?: BatchesOptions | undefined;
  /** How answers to `/v1/responses` are kept. */
  readonly responses?: ResponsesOptions | undefined;
  /** Counts calls by tenant, agent and day, for `compiler.stats`; `false`: off. @defaultValue on */
  readonly stats?: StatsOptions | false | undefined;
  /** How much this process takes on at once, and how many calls wait. */
  readonly admission?: AdmissionOptions | undefined;
  /**
   * Where limits and cooldowns are counted: for this process, or with `redisState` for all that share it. The compiler
   * closes it.
   *
   * @defaultValue localState()
   */
  readonly state?: SharedState | undefined;
  /** Receives what happens inside, as plain data without content or keys. */
  readonly onEvent?: EventListener | undefined;
  /** What time it is. @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
  /** Numbers in [0, 1), for jitter. @defaultValue Math.random */
  readonly random?: RandomSource | undefined;
}

/** How much of a context is sent. */
export interface ContextOptions {
  /** Token budget of a call that names none itself. @defaultValue none: only calls that ask are compiled */
  readonly maxInputTokens?: number | undefined;
  /**
   * The most tokens that shared context may take. Left out: 1500 in a call without a budget, a quarter of the budget
   * given here, and of a budget that the call names all that the conversation leaves, at least a quarter.
   *
   * @defaultValue as the budget allows
   */
  readonly sharedTokens?: number | undefined;
  /**
   * How results of tools stand in a call with a budget: as they are; in fewer tokens with nothing lost, such as JSON as a
   * table; or also with lines left out that tell little, where the original can be got back by its handle.
   *
   * @defaultValue "lossless"
   */
  readonly toolResults?: "verbatim" | "lossless" | "lossy" | undefined;
  /**
   * A model that notes, behind the answer of every call that writes to shared context, what is to be learned from it: a call
   * more for each, of some thousand tokens, behind all others. @defaultValue none: what was said is kept as it was said
   */
  readonly captureModel?: string | undefined;
  /**
   * Whether a provider that takes such marks (Anthropic, and OpenAI for gpt-5.6 and later) is told up to where to keep a
   * compiled conversation in its prompt cache. The caller's own marks stay, and count.
   *
   * @defaultValue true
   */
  readonly cacheBreakpoints?: boolean | undefined;
  /** How long the original of what was cut can be got back by its handle: 7 days. @defaultValue 604_800_000 */
  readonly originalsTtlMs?: number | undefined;
  /** How long it is known who read and wrote what across agents: 90 days. @defaultValue 7_776_000_000 */
  readonly auditTtlMs?: number | undefined;
}

/** What an option of `context` is when it is left out. */
export const contextDefaults = {
  originalsTtlMs: 7 * 24 * 60 * 60 * 1000,
  auditTtlMs: 90 * 24 * 60 * 60 * 1000,
};

/** Options after the check, with the parts that a compiler cannot be without. */
export interface CheckedCompilerOptions extends PromptCompilerOptions {
  readonly deployments: readonly DeploymentOptions[];
  /** Those of `deployments` that are always there, behind all others. */
  readonly builtIn: readonly DeploymentOptions[];
  readonly strategy: Strategy;
  readonly storage: Storage;
  readonly context: ContextOptions & Readonly<typeof contextDefaults>;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Embeds questions for a semantic cache that has no embedder of its own. */
  readonly embedder: Embedder;
  /** What to do about a model that nobody serves, for the error's message. */
  readonly modelHint: string;
}
