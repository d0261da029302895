/** What "prompt-compiler/scheduler" exports: the scheduler, and the parts that fit into it. */

export type { AdmissionOptions } from "./admission.ts";
export type { RetryOptions } from "./attempt.ts";
export type { BatchingOptions, DeploymentBatch } from "./batch-limits.ts";
export type { BatchPlace } from "./batch-place.ts";
export type { AnswerStore, Epoch } from "./cache/answer-store.ts";
export type { CacheControl } from "./cache/cache-control.ts";
export type { AnswerFacts, CachedAnswer, Said } from "./cache/cached-answer.ts";
export type { AnswerFilter, ReuseOptions } from "./cache/cached-answers.ts";
export type { Patience } from "./cache/patient-storage.ts";
export {
  type CacheParts,
  type ResponseCache,
  type ResponseCacheOptions,
  responseCache,
} from "./cache/response-cache.ts";
export {
  type OpenSemanticCache,
  type SemanticCache,
  type SemanticCacheOptions,
  type SemanticCacheParts,
  semanticCache,
} from "./cache/semantic-cache.ts";
export type { CacheOutcome, RenderTarget, ScheduledAnswer, ScheduledCall } from "./call.ts";
export type { Deployment, DeploymentOptions } from "./deployment.ts";
export type { ForwardedAnswer, ForwardedCall } from "./forward.ts";
export type { ChangeableOptions, ConfigurationChanges } from "./generation.ts";
export type { AffinityOptions } from "./policies/affinity.ts";
export type { TimeoutOptions } from "./policies/deadline.ts";
export type { HealthOptions } from "./policies/health.ts";
export type { ProbeOptions } from "./policies/health-probe.ts";
export type { HedgeOptions } from "./policies/hedge.ts";
export type { RateLimitScope } from "./policies/rate-limit-scope.ts";
export type { Price } from "./price.ts";
export { type AnthropicOptions, anthropic } from "./providers/anthropic.ts";
export type { ConnectionOptions, TlsOptions } from "./providers/connection-options.ts";
export { type ExtractiveOptions, extractive } from "./providers/extractive.ts";
export type { Fault, FaultPlan } from "./providers/fault-plan.ts";
export { type FaultyOptions, faulty } from "./providers/faulty.ts";
export { type GeminiOptions, gemini } from "./providers/gemini.ts";
export { type OpenAICompatibleOptions, openaiCompatible } from "./providers/openai-compatible.ts";
export type {
  BatchApi,
  ForwardedReply,
  ForwardedRequest,
  Provider,
  ProviderAttempt,
  VendorBatch,
  VendorCall,
} from "./providers/provider.ts";
export { type RecordOptions, record } from "./providers/record.ts";
export type { RecordedAttempt } from "./providers/recording.ts";
export { type ReplayOptions, replay } from "./providers/replay.ts";
export {
  type ScriptedOptions,
  type ScriptedProvider,
  type ScriptedStep,
  scripted,
} from "./providers/scripted.ts";
export type { Vendor } from "./providers/vendors.ts";
export {
  createScheduler,
  type DeploymentStatus,
  type Scheduler,
  type SchedulerOptions,
} from "./scheduler.ts";
export { type LocalStateOptions, localState } from "./state/local.ts";
export {
  type RedisState,
  type RedisStateOptions,
  type RedisStateStatus,
  redisState,
} from "./state/redis.ts";
export type {
  Claim,
  Cooldown,
  Lease,
  LimitOptions,
  Reservation,
  RunPart,
  SharedState,
} from "./state/shared-state.ts";
export { leastConnections } from "./strategies/least-connections.ts";
export { type LowestCostOptions, lowestCost } from "./strategies/lowest-cost.ts";
export { type LowestLatencyOptions, lowestLatency } from "./strategies/lowest-latency.ts";
export { roundRobin } from "./strategies/round-robin.ts";
export type { AttemptOutcome, Strategy } from "./strategies/strategy.ts";
export { weighted } from "./strategies/weighted.ts";
