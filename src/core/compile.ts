/**
 * The context compiler: messages in, segments out, within a token budget.
 *
 *     request ─▶ parse ─▶ recall ─▶ inject ─▶ score ─▶ fit ─▶ request, report
 *
 * Parse makes segments that stay or go together; recall chooses shared context, which inject puts beside the latest
 * user message; score says how well the history matches that message; fit keeps the best within the budget. What comes
 * out is the caller's own messages, byte for byte, in their order; a request that nothing was done to comes out as the
 * object it is.
 */
import type { Ranker } from "../ranker.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { codecFor } from "../wires/index.ts";
import { asString } from "../wires/read.ts";
import type { MessagePlan, WireRequest } from "../wires/wire.ts";
import { REPLY_OVERHEAD } from "./message-tokens.ts";
import { fit } from "./passes/fit.ts";
import { inject } from "./passes/inject.ts";
import { parse } from "./passes/parse.ts";
import type { SharedContext, SharedRoom } from "./passes/recall.ts";
import { score } from "./passes/score.ts";
import { type CompileReport, toReport } from "./report.ts";
import { latestUserMessage } from "./running-turn.ts";
import { type CompileInput, type Segment, sumTokens } from "./segment.ts";
import type { Caller } from "./sharing/item.ts";
import { loadTokenizer } from "./token-count.ts";

/** What a compile needs from the engine. */
export interface CompileParts {
  readonly ranker: Ranker;
  /** Shared context for a call, as much as there is room for. Never rejects: without storage there is none. */
  recall(caller: Caller, input: CompileInput, room: SharedRoom, tokenizer: Tokenizer): Promise<SharedContext>;
  /** Where the original of a text is found, once it is kept. */
  handleOf(caller: Caller, text: string): string;
  /** Keeps originals of what was cut; says whether it could. Never rejects. */
  keepOriginals(caller: Caller, texts: readonly string[]): Promise<boolean>;
  /** How much room shared context has beside these segments. */
  sharedRoom(segments: readonly Segment[], input: CompileInput): SharedRoom;
}

/** A compiled call. */
export interface CompiledContext {
  readonly request: WireRequest;
  readonly segments: readonly Segment[];
  readonly report: CompileReport;
  /** The block of shared context in the request; `undefined`: none. */
  readonly injectedText: string | undefined;
  /** The same, fitted to a smaller budget. @throws PromptCompilerError `PC_CONTEXT_TOO_LARGE` */
  within(maxInputTokens: number): CompiledContext;
}

/**
 * Compiles a request for a caller.
 *
 * @param maxInputTokens - token budget: messages, tools and schemas; `undefined`: nothing is cut
 * @throws PromptCompilerError `PC_CONTEXT_TOO_LARGE` if what must be kept is larger than the budget
 */
export async function compileContext(
  request: WireRequest,
  caller: Caller,
  maxInputTokens: number | undefined,
  parts: CompileParts,
): Promise<CompiledContext> {
  const tokenizer = await loadTokenizer(asString(request.body["model"]) ?? "");
  const input = toInput(request, maxInputTokens, tokenizer);
  const parsed = parse(input.messages, tokenizer);
  const shared = await parts.recall(caller, input, parts.sharedRoom(parsed, input), tokenizer);
  const segments = inject(parsed, shared, input, tokenizer);

  function fitted(
    budget: number | undefined,
    toHandle: (text: string) => string | undefined,
  ): CompiledContext {
    const bounded = { ...input, maxInputTokens: budget };
    const scored = isOver(segments, bounded) ? score(segments, input.query, parts.ranker) : segments;
    const fitting = fit(scored, bounded).map((segment) =>
      segment.action === "cut" ? { ...segment, handle: toHandle(segment.text) } : segment,
    );
    return {
      request: toRequest(request, fitting),
      segments: fitting,
      report: toReport(fitting, bounded, tokenizer.name),
      injectedText: fitting.find(({ action }) => action === "injected")?.text,
      within(smaller) {
        const refitted = fitted(Math.min(smaller, budget ?? smaller), handleOf);
        // Not waited for: an attempt is made of this at once, and the same texts are mostly kept already.
        void parts.keepOriginals(caller, cutTexts(refitted));
        return refitted;
      },
    };
  }

  const handleOf = (text: string): string => parts.handleOf(caller, text);
  const compiled = fitted(maxInputTokens, handleOf);
  const isKept = await parts.keepOriginals(caller, cutTexts(compiled));
  return isKept ? compiled : fitted(maxInputTokens, () => undefined);
}

/** How many tokens a request is, messages and tools, and the name of the tokenizer that counted. */
export async function countTokens(request: WireRequest): Promise<{ tokens: number; tokenizer: string }> {
  const tokenizer = await loadTokenizer(asString(request.body["model"]) ?? "");
  const { messages, overheadTokens } = toInput(request, undefined, tokenizer);
  const tokens = overheadTokens + sumTokens(parse(messages, tokenizer));
  return { tokens, tokenizer: tokenizer.name };
}

function toInput(
  request: WireRequest,
  maxInputTokens: number | undefined,
  tokenizer: Tokenizer,
): CompileInput {
  const codec = codecFor(request.wire);
  const messages = codec.messages(request.body);
  const turn = latestUserMessage(messages);
  return {
    messages,
    overheadTokens:
      messages.length === 0 ? 0 : tokenizer.count(codec.overheadText(request.body)) + REPLY_OVERHEAD,
    maxInputTokens,
    query: turn === undefined ? "" : (messages[turn]?.text ?? ""),
  };
}

function isOver(segments: readonly Segment[], { maxInputTokens, overheadTokens }: CompileInput): boolean {
  return maxInputTokens !== undefined && overheadTokens + sumTokens(segments) > maxInputTokens;
}

function cutTexts({ segments }: CompiledContext): readonly string[] {
  return segments
    .filter(({ action, messages }) => action === "cut" && messages.length > 0)
    .map(({ text }) => text);
}

function toRequest(request: WireRequest, segments: readonly Segment[]): WireRequest {
  if (segments.every(({ action }) => action === "kept")) return request;
  const plan = segments
    .filter(({ action }) => action !== "cut")
    .flatMap(({ messages, text }): MessagePlan[] =>
      messages.length === 0 ? [{ insert: text }] : messages.map((keep) => ({ keep })),
    );
  return codecFor(request.wire).withMessages(request, plan);
}
