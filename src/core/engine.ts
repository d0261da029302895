import type { CallContext } from "../chat.ts";
import type { Clock } from "../clock.ts";
import { PromptCompilerError } from "../errors.ts";
import type { Ranker } from "../ranker.ts";
import type { Storage } from "../storage/storage.ts";
import { type EventListener, toEmitter } from "../telemetry.ts";
import { codecFor } from "../wires/index.ts";
import type { Wire, WireMessage, WireRequest } from "../wires/wire.ts";
import { createBlockWriter } from "./blocks/block-writer.ts";
import { createDecisionStore } from "./blocks/decision-store.ts";
import { type CompiledContext, type CompileParts, compileContext } from "./compile.ts";
import { createResultCompressor } from "./compressors/result-compressor.ts";
import { createResultSequence } from "./compressors/result-sequence.ts";
import type { Contexts } from "./contexts.ts";
import { createContexts } from "./create-contexts.ts";
import { fitToWindow } from "./fit-to-window.ts";
import { createKnownMessages } from "./known-messages.ts";
import { NOTHING } from "./passes/recall.ts";
import { render } from "./render.ts";
import { lexicalRanker } from "./retrieval/lexical.ts";
import { tolerant } from "./retrieval/tolerant.ts";
import { createSentPrefixes } from "./sent-prefixes.ts";
import { findSharedContext } from "./shared-context.ts";
import { createAuditTrail } from "./sharing/audit.ts";
import { type Captured, capture } from "./sharing/capture.ts";
import type { ContextTables } from "./sharing/forget.ts";
import { createGrantStore } from "./sharing/grants.ts";
import { type GroupFacts, storedGroups } from "./sharing/groups.ts";
import { createInjectionMemo } from "./sharing/injection-memo.ts";
import type { Caller } from "./sharing/item.ts";
import { createItemStore } from "./sharing/item-store.ts";
import { createOriginals } from "./sharing/originals.ts";

/** The context engine: compiles calls, captures what is said in them, and answers for what is shared. */
export interface ContextEngine {
  /** Whether a call is to be compiled: it has a budget, reads shared context, or wants the report. */
  isAskedFor(caller: Caller, call: Pick<CallContext, "maxInputTokens" | "explain">): boolean;

  /**
   * Compiles a request. Without storage it goes on without shared context and without handles, and says so in a
   * "degraded" event.
   *
   * @throws PromptCompilerError `PC_CONTEXT_TOO_LARGE` if what must be kept is larger than the budget
   */
  compile(
    request: WireRequest,
    caller: Caller,
    call: Pick<CallContext, "maxInputTokens">,
    options?: {
      /** Nothing is sent, so nothing is decided for later calls. @defaultValue false */
      readonly isDry?: boolean | undefined;
    },
  ): Promise<CompiledContext>;

  /**
   * A compiled call as one deployment can take it, with its report.
   *
   * @param contextWindow - tokens the model can hold, input and output; `undefined`: unknown
   * @throws PromptCompilerError `PC_CONTEXT_TOO_LARGE` if what must be kept is larger than the window
   */
  fitToWindow(compiled: CompiledContext, contextWindow: number | undefined): CompiledContext;

  /**
   * The request of a compiled call as one deployment is sent it: told up to where to cache it, if it takes that.
   *
   * @param spoken - the wire the deployment is asked in; `undefined`: no deployment in particular
   */
  render(compiled: CompiledContext, model: string, spoken: Wire | undefined): WireRequest;

  /**
   * Writes what was said in a call to the caller's audience.
   *
   * @param answer - `undefined`: only the request is written
   * @returns what is new
   */
  capture(request: WireRequest, answer: WireMessage | undefined, caller: Caller): Promise<Captured>;

  /** Shared context by hand. */
  readonly contexts: Contexts;

  /** What is stored of each group of a tenant. */
  storedGroups(tenant: string): Promise<ReadonlyMap<string, GroupFacts>>;

  /** Closes the storage. */
  close(): Promise<void>;
}

export interface ContextEngineOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  /** @defaultValue lexicalRanker() */
  readonly ranker?: Ranker | undefined;
  readonly onEvent?: EventListener | undefined;
  /** Resolves when all that is stored can be searched. */
  readonly migrated?: ContextTables["migrated"];
  /** Throws out what is kept elsewhere of items that are being forgotten. */
  readonly forgetCopies?: ContextTables["forgetCopies"];
  readonly context: {
    /** Token budget of a call that names none itself; `undefined`: it has none. */
    readonly maxInputTokens?: number | undefined;
    /** Tokens that shared context may take; `undefined`: as `passes/shared-room.ts` has it. */
    readonly sharedTokens?: number | undefined;
    /** How results of tools stand in a call with a budget; `undefined`: "lossless". */
    readonly toolResults?: "verbatim" | "lossless" | "lossy" | undefined;
    /** Whether providers are told up to where to cache a conversation; `undefined`: they are. */
    readonly cacheBreakpoints?: boolean | undefined;
    /** How long the original of what was cut can be got back by its handle. */
    readonly originalsTtlMs: number;
    /** How long the audit trail is kept. */
    readonly auditTtlMs: number;
  };
}

/** Makes a context engine. Opens nothing and loads nothing before the first call. */
export function createContextEngine(options: ContextEngineOptions): ContextEngine {
  const { storage, clock, context, migrated, forgetCopies } = options;
  const emit = toEmitter(options.onEvent);
  const ranker = tolerant(options.ranker ?? lexicalRanker(), (error) =>
    emit({ type: "degraded", callId: undefined, what: "ranker", error }),
  );
  const grants = createGrantStore(storage, clock);
  const audit = createAuditTrail(storage, clock, context.auditTtlMs);
  const items = createItemStore(storage, clock, grants);
  const originals = createOriginals(storage, clock, context.originalsTtlMs);
  const injections = createInjectionMemo(storage);
  const sayInOrder = createResultSequence(createResultCompressor(ranker));
  const { toolResults = "lossless" } = context;
  const decisions = createDecisionStore(storage, context.originalsTtlMs / 2);

  /** What storage has, or, where it fails, what goes without it. */
  async function orDegraded<Found>(otherwise: Found, find: () => Promise<Found>): Promise<Found> {
    try {
      return await find();
    } catch (error) {
      emit({ type: "degraded", callId: undefined, what: "storage", error });
      return otherwise;
    }
  }

  const parts: Omit<CompileParts, "sharedLimits"> = {
    ranker,
    known: createKnownMessages(),
    recall: (caller, input, room, tokenizer) =>
      orDegraded(NOTHING, async () => {
        const shared = await findSharedContext(
          caller,
          input,
          { ...room, tokenizer },
          { items, memo: injections, ranker },
        );
        await audit.read(caller, shared.sources);
        return shared;
      }),
    handleOf: ({ tenant }, text) => originals.handleOf(tenant, text),
    keepOriginals: (caller, texts) =>
      orDegraded(false, async () => {
        if (texts.length > 0) await originals.put(caller, texts);
        return true;
      }),
    decisions: (caller, conversation) => orDegraded([], () => decisions.get(caller, conversation)),
    freeze: (caller, conversation, made) => orDegraded(made, () => decisions.add(caller, conversation, made)),
    marksCache: context.cacheBreakpoints ?? true,
    sent: createSentPrefixes(clock),
    sayResults({ tenant }, results, tokenizer, loss) {
      if (toolResults === "verbatim") return [];
      const isLossyAllowed = toolResults === "lossy" && loss === "allowed";
      return sayInOrder(results, {
        tokenizer,
        isLossyAllowed,
        scope: tenant,
        handleOf: (text) => originals.handleOf(tenant, text),
      });
    },
    writeBlock: createBlockWriter().write,
  };

  return {
    isAskedFor: (caller, call) =>
      caller.read || Boolean(call.explain) || (call.maxInputTokens ?? context.maxInputTokens) !== undefined,
    async compile(request, caller, call, { isDry = false } = {}) {
      const maxInputTokens = call.maxInputTokens ?? context.maxInputTokens;
      checkBudget(maxInputTokens);
      const limits = { sharedTokens: context.sharedTokens, fill: call.maxInputTokens !== undefined };
      return compileContext(request, caller, maxInputTokens, isDry, {
        ...parts,
        sharedLimits: limits,
      });
    },
    fitToWindow,
    render,
    async capture(request, answer, caller) {
      const messages = codecFor(request.wire).messages(request.body);
      return capture({ items, audit }, caller, { messages, answer });
    },
    contexts: createContexts(
      { storage, items, originals, injections, decisions, grants, audit, migrated, forgetCopies },
      ranker,
      clock,
    ),
    storedGroups: (tenant) => storedGroups({ items, grants }, tenant),
    close: () => storage.close(),
  };
}

function checkBudget(maxInputTokens: number | undefined): void {
  if (maxInputTokens === undefined || (Number.isInteger(maxInputTokens) && maxInputTokens > 0)) return;
  throw new PromptCompilerError(
    "PC_INVALID_REQUEST",
    `maxInputTokens must be a positive integer, got ${maxInputTokens}`,
    { param: "maxInputTokens" },
  );
}
