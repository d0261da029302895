import type { z } from "zod";
import type { Clock, RandomSource } from "../clock.ts";
import type { Ranker } from "../ranker.ts";
import type { ResponseCache } from "../scheduler/cache/response-cache.ts";
import type { SemanticCache } from "../scheduler/cache/semantic-cache.ts";
import type { DeploymentOptions } from "../scheduler/deployment.ts";
import type { ConfigurationChanges } from "../scheduler/generation.ts";
import type { Provider } from "../scheduler/providers/provider.ts";
import type { SharedState } from "../scheduler/state/shared-state.ts";
import type { Strategy } from "../scheduler/strategies/strategy.ts";
import type { Storage } from "../storage/storage.ts";
import type { EventListener } from "../telemetry.ts";
import { NEEDS } from "../wires/wire.ts";
import type { PromptCompilerOptions } from "./compiler-options.ts";
import { priceSchema } from "./price-list.ts";
import {
  callback,
  limitMs,
  list,
  objectWith,
  offOr,
  oneOf,
  options,
  positiveInteger,
  positiveMs,
  positiveNumber,
  share,
  text,
} from "./values.ts";

const timeouts = options({
  headersMs: limitMs.optional(),
  firstChunkMs: limitMs.optional(),
  betweenChunksMs: limitMs.optional(),
  totalMs: limitMs.optional(),
});

const deployment: z.ZodType<DeploymentOptions, DeploymentOptions> = options({
  id: text,
  model: text,
  provider: objectWith<Provider>("a provider, e.g. openaiCompatible({ baseURL, apiKey })", ["send"]),
  sentModel: text.optional(),
  weight: positiveNumber.optional(),
  contextWindow: positiveInteger.optional(),
  batch: options({ maxInputs: positiveInteger.optional(), maxTokens: positiveInteger.optional() }).optional(),
  limits: options({
    rpm: positiveInteger.optional(),
    tpm: positiveInteger.optional(),
    parallel: positiveInteger.optional(),
  }).optional(),
  capabilities: list(oneOf(...NEEDS)).optional(),
  price: priceSchema.optional(),
  timeouts: timeouts.optional(),
  rateLimitScope: oneOf("key", "account", "provider").optional(),
  account: text.optional(),
});

/** Options of `createPromptCompiler`. */
export const compilerSchema = options({
  deployments: list(deployment).optional(),
  strategy: objectWith<Strategy>("a strategy, e.g. weighted()", ["pick"]).optional(),
  ranker: objectWith<Ranker>("a ranker, e.g. lexicalRanker()", ["rank"]).optional(),
  storage: objectWith<Storage>('a storage, e.g. level("./pc-data")', ["get", "batch", "range"]).optional(),
  context: options({
    maxInputTokens: positiveInteger.optional(),
    sharedTokens: positiveInteger.optional(),
    toolResults: oneOf("verbatim", "lossless", "lossy").optional(),
    captureModel: text.optional(),
    cacheBreakpoints: oneOf(true, false).optional(),
    originalsTtlMs: positiveMs.optional(),
    auditTtlMs: positiveMs.optional(),
  }).optional(),
  retry: options({
    maxAttempts: positiveInteger.optional(),
    baseMs: positiveMs.optional(),
    maxMs: positiveMs.optional(),
    budgetShare: positiveNumber.optional(),
    budgetReserve: positiveNumber.optional(),
  }).optional(),
  timeouts: timeouts.optional(),
  health: options({
    failureThreshold: positiveInteger.optional(),
    failureRatio: positiveNumber.optional(),
    minimumVolume: positiveInteger.optional(),
    windowMs: positiveMs.optional(),
    slowStartMs: positiveMs.optional(),
  }).optional(),
  probe: offOr(options({ everyMs: positiveMs.optional(), timeoutMs: positiveMs.optional() })).optional(),
  hedge: offOr(
    options({
      quantile: share.optional(),
      budget: share.optional(),
      minDelayMs: positiveMs.optional(),
    }),
  ).optional(),
  cache: objectWith<ResponseCache>("a response cache, e.g. responseCache()", ["open"]).optional(),
  semanticCache: objectWith<SemanticCache>("a semantic cache, e.g. semanticCache()", ["open"]).optional(),
  singleFlight: oneOf(true, false).optional(),
  batching: offOr(
    options({
      maxInputs: positiveInteger.optional(),
      maxTokens: positiveInteger.optional(),
      maxWaitMs: positiveMs.optional(),
    }),
  ).optional(),
  batches: options({ concurrency: positiveInteger.optional(), leaseMs: positiveMs.optional() }).optional(),
  responses: options({ ttlMs: positiveMs.optional() }).optional(),
  stats: offOr(options({ ttlMs: positiveMs.optional() })).optional(),
  affinity: offOr(
    options({ ttlMs: positiveMs.optional(), maxConversations: positiveInteger.optional() }),
  ).optional(),
  admission: options({
    parallel: positiveInteger.optional(),
    maxQueue: positiveInteger.optional(),
    maxBytesInFlight: positiveInteger.optional(),
    agingMs: positiveMs.optional(),
  }).optional(),
  state: objectWith<SharedState>('a state, e.g. localState() or redisState("redis://localhost")', [
    "reserve",
    "cool",
    "cooldowns",
  ]).optional(),
  onEvent: callback<EventListener>().optional(),
  clock: objectWith<Clock>("a clock with now() and sleep(ms, signal)", ["now", "sleep"]).optional(),
  random: callback<RandomSource>().optional(),
}) satisfies z.ZodType<PromptCompilerOptions, PromptCompilerOptions>;

/** Options of `reconfigure`. */
export const changesSchema = compilerSchema.pick({
  deployments: true,
  strategy: true,
  retry: true,
  timeouts: true,
  affinity: true,
  health: true,
  hedge: true,
  probe: true,
  batching: true,
} satisfies Record<keyof ConfigurationChanges, true>);
