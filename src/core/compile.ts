/**
 * The context compiler: messages in, segments out, within a token budget.
 *
 *     request ─▶ parse ─▶ compress ─▶ freeze ─▶ recall ─▶ inject ─▶ score ─▶ fit ─▶ emit ─▶ request, report
 *
 * Parse makes segments that stay or go together. Compress says results of tools in fewer words that mean the same.
 * Freeze puts blocks in the place of what was said long ago, in conversations that go on. Recall chooses shared context,
 * which inject puts beside the latest user message. Where that is still more than the budget, score says how well the
 * history matches that message, and fit keeps the best. Emit takes the caller's own messages, byte for byte, in their
 * order; a request that nothing was done to comes out as the object it is.
 *
 * What is done to the history is decided once, and is the same in every later request of the conversation: a provider's
 * prompt cache goes on hitting.
 */
import type { Ranker } from "../ranker.ts";
import type { Tokenizer } from "../tokenizer.ts";
import type { CachePlan, WireRequest } from "../wires/wire.ts";
import { conversationOf, hashOf } from "./blocks/conversation.ts";
import { atOnce, inTurns, type Steps } from "./breather.ts";
import { cacheEnds, endIndexes } from "./cache-ends.ts";
import { toInput } from "./compile-input.ts";
import type { CompressedResult } from "./compressors/result-compressor.ts";
import type { ObservedResult } from "./compressors/result-sequence.ts";
import { emit, marksOf } from "./emit.ts";
import type { KnownMessages } from "./known-messages.ts";
import { lostTexts, withHandle } from "./lost-texts.ts";
import { compress } from "./passes/compress.ts";
import { fit } from "./passes/fit.ts";
import { inject } from "./passes/inject.ts";
import { parse } from "./passes/parse.ts";
import type { SharedContext, SharedRoom } from "./passes/recall.ts";
import { score } from "./passes/score.ts";
import { roomBeside, type SharedLimits, yieldToHistory } from "./passes/shared-room.ts";
import { type CompileReport, toReport } from "./report.ts";
import { latestUserMessage } from "./running-turn.ts";
import { type CompileInput, isOver, type Segment, type SegmentsFrom } from "./segment.ts";
import { cachedSegments, type SentPrefixes } from "./sent-prefixes.ts";
import {
  freezeDue,
  type HistoryParts,
  type HistorySource,
  settleHistory,
  settleSelection,
} from "./settle-history.ts";
import type { Caller } from "./sharing/item.ts";

/** What a compile needs from the engine. */
export interface CompileParts extends HistoryParts {
  readonly ranker: Ranker;
  /** Messages as the objects that they were in earlier calls. */
  readonly known: KnownMessages;
  /** Shared context for a call, as much as there is room for. Never rejects: without storage there is none. */
  recall(caller: Caller, input: CompileInput, room: SharedRoom, tokenizer: Tokenizer): Promise<SharedContext>;
  /** Where the original of a text is found, once it is kept. */
  handleOf(caller: Caller, text: string): string;
  /** How much room shared context has. */
  readonly sharedLimits: SharedLimits;
  /** Providers are told up to where to cache a conversation that goes on. */
  readonly marksCache: boolean;
  /** What was sent before, for predictions. */
  readonly sent: SentPrefixes;
  /** Results of tools in fewer tokens, in their order; `undefined`: as it is. Those before give the same, for ever. */
  sayResults(
    caller: Caller,
    results: readonly ObservedResult[],
    tokenizer: Tokenizer,
    loss: "allowed" | "lossless",
  ): readonly (CompressedResult | undefined)[];
}

/** A compiled call. */
export interface CompiledContext {
  readonly request: WireRequest;
  readonly segments: readonly Segment[];
  readonly report: CompileReport;
  /** Up to where its provider is told to cache it; `undefined`: it is told nothing. */
  readonly cachePlan: CachePlan | undefined;
  /** The block of shared context in the request; `undefined`: none. */
  readonly injectedText: string | undefined;
  /** The same, fitted to a smaller budget. @throws PromptCompilerError `PC_CONTEXT_TOO_LARGE` */
  within(maxInputTokens: number): CompiledContext;
}

/**
 * Compiles a request for a caller.
 *
 * @param maxInputTokens - token budget: messages, tools and schemas; `undefined`: nothing is cut
 * @param isDry - nothing is sent, so nothing is decided for later calls
 * @throws PromptCompilerError `PC_CONTEXT_TOO_LARGE` if what must be kept is larger than the budget
 */
export async function compileContext(
  request: WireRequest,
  caller: Caller,
  maxInputTokens: number | undefined,
  isDry: boolean,
  parts: CompileParts,
): Promise<CompiledContext> {
  const { input, tokenizer } = await toInput(request, maxInputTokens, parts.known);
  await tokenizer.prepare?.(input.messages.map(({ text }) => text));
  const source = { caller, tokenizer, parts, conversation: conversationOf(caller, input.messages) };
  const parsed = parse(input.messages, tokenizer);
  let segmentsFrom = compressed(parsed, input, source, "allowed");
  const settled = await settleHistory(segmentsFrom, input, source, isDry);
  const { history } = settled;
  let { frozen } = settled;
  const shared = await parts.recall(
    caller,
    input,
    roomBeside(frozen, input, history, parts.sharedLimits),
    tokenizer,
  );

  const before = parts.sent.latest(sentId(source));

  function* fitted(
    budget: number | undefined,
    toHandle: (text: string) => string | undefined,
  ): Steps<CompiledContext> {
    const bounded = { ...input, maxInputTokens: budget };
    const said =
      budget === maxInputTokens ? frozen : freezeDue(segmentsFrom, bounded, history, source).segments;
    const injected = yieldToHistory(inject(said, shared, bounded, tokenizer), bounded, history);
    yield;
    const scored = isOver(injected, bounded)
      ? score(unfolded(injected, segmentsFrom, input), input.query, parts.ranker)
      : injected;
    yield;
    const fits = fit(scored, bounded);
    yield;
    const fitting = fits.map((segment) => withHandle(segment, toHandle));
    yield;
    const emitted = emit(request, fitting);
    yield;
    const ends = isMarked(fitting, bounded, source) ? cacheEnds(fitting) : [];
    return {
      request: emitted,
      segments: fitting,
      report: toReport(fitting, {
        input: bounded,
        tokenizer: tokenizer.name,
        ends,
        cached: cachedSegments(before, marksOf(request, fitting, source.conversation.hashes)),
      }),
      cachePlan:
        ends.length === 0
          ? undefined
          : { ends: endIndexes(fitting, ends), conversation: hashOf(sentId(source)) },
      injectedText: fitting.find(({ action }) => action === "injected")?.text,
      within(smaller) {
        const refitted = atOnce(fitted(Math.min(smaller, budget ?? smaller), handleOf));
        // Not waited for: an attempt is made of this at once, and the same texts are mostly kept already.
        void parts.keepOriginals(caller, lostTexts(refitted.segments, history));
        return refitted;
      },
    };
  }

  const handleOf = (text: string): string => parts.handleOf(caller, text);
  const inSteps = (steps: Steps<CompiledContext>) => inTurns(input.messages.length, steps);
  if (isOver(frozen, input)) await parts.ranker.read?.(frozen.map(({ text }) => text));
  const compiled = await inSteps(fitted(maxInputTokens, handleOf));
  const isKept = await parts.keepOriginals(caller, lostTexts(compiled.segments, history));
  if (!isKept) {
    // What cannot be had back is not left out of a result.
    segmentsFrom = compressed(parsed, input, source, "lossless");
    frozen = freezeDue(segmentsFrom, input, history, source).segments;
  }
  const kept = isKept ? compiled : await inSteps(fitted(maxInputTokens, () => undefined));
  if (isDry) return kept;
  parts.sent.remember(sentId(source), marksOf(request, kept.segments, source.conversation.hashes));
  await settleSelection(kept.segments, kept.report, history, source);
  return kept;
}

/** What the steps of one compile work with. */
interface CompileSource extends HistorySource {
  readonly parts: CompileParts;
}

/** Results of tools in fewer tokens; `"lossless"`: so that each can be told from them, whatever the host allows. */
function compressed(
  segments: readonly Segment[],
  input: CompileInput,
  { caller, tokenizer, parts }: CompileSource,
  loss: "allowed" | "lossless",
): SegmentsFrom {
  const known = new Map<number, readonly Segment[]>();
  return (from) => {
    const some =
      known.get(from) ??
      compress(segments, input, from, tokenizer, (results) =>
        parts.sayResults(caller, results, tokenizer, loss),
      );
    known.set(from, some);
    return some;
  };
}

/** The segments before some are cut: nothing refers to what may be. */
function unfolded(
  segments: readonly Segment[],
  segmentsFrom: SegmentsFrom,
  { messages }: CompileInput,
): readonly Segment[] {
  const turn = latestUserMessage(messages) ?? messages.length;
  // A block may hold the older steps of the running turn.
  const behindBlocks = segments.map((one) => (one.role === "block" ? (one.messages.at(-1) ?? -1) + 1 : 0));
  const from = behindBlocks.reduce((most, end) => Math.max(most, end), turn);
  const apart = new Map(segmentsFrom(from).map((segment) => [segment.id, segment]));
  return segments.map((segment) => {
    const isWhole = segment.rewritten === undefined || segment.action === "cut";
    return isWhole ? segment : (apart.get(segment.id) ?? segment);
  });
}

/** A call that asks for nothing has no marks, and one that nothing follows would pay for them. */
function isMarked(
  segments: readonly Segment[],
  { maxInputTokens, messages }: CompileInput,
  { parts, conversation }: CompileSource,
): boolean {
  if (!parts.marksCache) return false;
  const isCompiled = maxInputTokens !== undefined || segments.some(({ action }) => action !== "kept");
  return isCompiled && (conversation.isNamed || messages.some(({ role }) => role === "assistant"));
}

/** The conversation among those of all tenants. */
function sentId({ caller, conversation }: CompileSource): string {
  return JSON.stringify([caller.tenant, conversation.origin]);
}
