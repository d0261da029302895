export type { Batch, BatchCall, BatchCounts, BatchRequest, BatchResult } from "./batch.ts";
export type { Batches, BatchesCall, BatchesOptions, NewBatch } from "./batches/batches.ts";
export type { Files, NewFile } from "./batches/files.ts";
export type {
  BatchEndpoint,
  BatchError,
  BatchObject,
  BatchRequestCounts,
  BatchStatus,
  FileExpiry,
  FileObject,
  FileQuery,
  ListPage,
  ListQuery,
} from "./batches/objects.ts";
/** What "prompt-compiler" exports: the compiler, the storages, and the words that every floor speaks. */
export type {
  CallContext,
  ChatChunk,
  ChatCompletion,
  ChatCompletionMessage,
  ChatDelta,
  ChatMessage,
  ChatRequest,
  ChatUsage,
  ContentPart,
  EmbeddingRequest,
  EmbeddingResponse,
  Model,
  ToolCall,
  ToolCallDelta,
  Usage,
} from "./chat.ts";
export { type Clock, type RandomSource, systemClock } from "./clock.ts";
export type {
  ContextOptions,
  PromptCompilerOptions,
} from "./config/compiler-options.ts";
export type {
  AudienceName,
  AuditEntry,
  AuditPage,
  ContextHit,
  ContextPage,
  Contexts,
  ForgetReceipt,
  ForgetSubject,
  Grant,
  GrantPage,
  ImportReceipt,
  Learned,
  LearnedPage,
  ListOptions,
  NewContext,
  NewGrant,
  OriginalContext,
  ProgressOptions,
} from "./core/contexts.ts";
export type { CompileReport, ReportSegment } from "./core/report.ts";
export type { SegmentAction, SegmentSource } from "./core/segment.ts";
export type { GroupFacts, GroupWriter } from "./core/sharing/groups.ts";
export type { Audience, ContextItem, ItemRole } from "./core/sharing/item.ts";
export type { TokenCount } from "./count-tokens.ts";
export { defaultCompiler, type ProcessDefault } from "./default-compiler.ts";
export type { Answer } from "./dispatch.ts";
export type { Embedder } from "./embedder.ts";
export {
  AllDeploymentsFailedError,
  type ErrorCode,
  type ErrorFacts,
  type FailedAttempt,
  type FailureKind,
  isAllDeploymentsFailedError,
  isPromptCompilerError,
  isProviderError,
  PromptCompilerError,
  ProviderError,
  type ProviderFacts,
  type UpstreamReply,
} from "./errors.ts";
export {
  createPromptCompiler,
  type DryRun,
  isPromptCompiler,
  type PromptCompiler,
  type ResponseCacheControl,
} from "./prompt-compiler.ts";
export type { RankedText, Ranker } from "./ranker.ts";
export type { InputItemList, InputItemQuery } from "./responses/input-item-list.ts";
export type { ResponseKeeper, ResponseObject, Responses, ResponsesOptions } from "./responses/responses.ts";
export type { ConfigurationChanges } from "./scheduler/generation.ts";
export { Secret } from "./secret.ts";
export type { AgentActivity, AgentPage } from "./stats/agent-page.ts";
export type { ContextGroup, GroupPage } from "./stats/group-page.ts";
export type { Stats, StatsOptions } from "./stats/stats.ts";
export type { CallSums } from "./stats/sums.ts";
export type { SumsLine, SumsPage, SumsQuery } from "./stats/sums-page.ts";
export { type LevelOptions, level } from "./storage/level.ts";
export { type MemoryOptions, memory } from "./storage/memory.ts";
export { type RedisConnection, type RedisOptions, redis } from "./storage/redis.ts";
export type { Storage, StorageEntry, StorageOperation, StorageRange } from "./storage/storage.ts";
export type { EventListener, PromptCompilerEvent } from "./telemetry.ts";
export type { Tokenizer } from "./tokenizer.ts";
export type { Frame, Reply, Wire, WireBody, WireMessage, WireRequest, WireToolCall } from "./wires/wire.ts";
