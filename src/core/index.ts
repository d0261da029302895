/** What "prompt-compiler/core" exports: the context engine and its parts. */
export type { CompiledContext } from "./compile.ts";
export type { Compressed, Compressor, ContentKind, Elision, Focus } from "./compressors/compressor.ts";
export { detectKind } from "./compressors/detect.ts";
export { compactJson } from "./compressors/json/compact-json.ts";
export { RepeatIndex, type ResultPlace } from "./compressors/repeats.ts";
export {
  type CompressedResult,
  createResultCompressor,
  type ResultCompressor,
  type ResultOptions,
} from "./compressors/result-compressor.ts";
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
} from "./contexts.ts";
export { type ContextEngine, type ContextEngineOptions, createContextEngine } from "./engine.ts";
export type { CompileReport, ReportSegment } from "./report.ts";
export { type HybridRankerOptions, hybridRanker } from "./retrieval/hybrid.ts";
export { lexicalRanker } from "./retrieval/lexical.ts";
export { lexicalEmbedder } from "./retrieval/lexical-embedding.ts";
export type { Segment, SegmentAction, SegmentSource } from "./segment.ts";
export { callerOf } from "./sharing/access.ts";
export type { Audience, Caller, ContextItem, ItemRole } from "./sharing/item.ts";
export { loadTokenizer } from "./token-count.ts";
