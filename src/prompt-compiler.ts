import { type Batch, type BatchCall, type BatchRequest, startBatch } from "./batch.ts";
import { WIRES } from "./batches/batch-line.ts";
import type { Batches } from "./batches/batches.ts";
import { createDurableBatches, type DurableBatches } from "./batches/durable-batches.ts";
import type { Files } from "./batches/files.ts";
import type {
  CallContext,
  ChatChunk,
  ChatCompletion,
  ChatRequest,
  EmbeddingRequest,
  EmbeddingResponse,
  Model,
} from "./chat.ts";
import type { Clock } from "./clock.ts";
import type { PromptCompilerOptions } from "./config/compiler-options.ts";
import { parseCompilerChanges, parseCompilerOptions } from "./config.ts";
import type { Contexts } from "./core/contexts.ts";
import { createContextEngine } from "./core/engine.ts";
import type { CompileReport } from "./core/report.ts";
import { callerOf } from "./core/sharing/access.ts";
import { indexItems } from "./core/sharing/index-items.ts";
import { countTokens, type TokenCount } from "./count-tokens.ts";
import { type Answer, type DispatchParts, dispatch } from "./dispatch.ts";
import { PromptCompilerError } from "./errors.ts";
import { type ForwardRequest, forward } from "./forward.ts";
import { createLearner } from "./learner.ts";
import { newRequestId } from "./request-id.ts";
import { createResponses, type KeptResponses, type Responses } from "./responses/responses.ts";
import type { AnswerFilter } from "./scheduler/cache/cached-answers.ts";
import type { DeploymentOptions } from "./scheduler/deployment.ts";
import type { ForwardedAnswer } from "./scheduler/forward.ts";
import type { ConfigurationChanges } from "./scheduler/generation.ts";
import { createScheduler } from "./scheduler/scheduler.ts";
import { unlessAborted } from "./scheduler/unless-aborted.ts";
import { type CallLedger, createCallLedger } from "./stats/ledger.ts";
import { createStats, type Stats, statsDefaults } from "./stats/stats.ts";
import { type MigratingStorage, migrating } from "./storage/migrating.ts";
import type { Storage } from "./storage/storage.ts";
import { type EventListener, toEmitter } from "./telemetry.ts";
import { codecFor } from "./wires/index.ts";
import { decodeText } from "./wires/read.ts";
import type { Reply, WireBody, WireRequest } from "./wires/wire.ts";

/** The compiler: every call goes through one of these. Safe for any number of concurrent calls. */
export interface PromptCompiler {
  /** One chat completion, whole. With `explain`, the compile report is in it under `pc`. */
  chat(request: ChatRequest, call?: CallContext): Promise<ChatCompletion>;

  /** The same as chunks. Leaving the loop early cancels the upstream. Throws where the upstream breaks off. */
  stream(request: ChatRequest, call?: CallContext): AsyncIterable<ChatChunk>;

  embed(request: EmbeddingRequest, call?: CallContext): Promise<EmbeddingResponse>;

  /**
   * Many calls with no hurry, chat and embeddings: begun at once, a few at a time, results in order, with progress. It
   * lives as long as this process.
   */
  batch(requests: Iterable<BatchRequest>, call?: BatchCall): Batch;

  /** Files of many calls, and of what came of them: for `batches`. */
  readonly files: Files;

  /** Many calls in a file, over restarts of the process: what `/v1/batches` serves. */
  readonly batches: Batches;

  /** Answers to `/v1/responses` that are kept here, because no vendor does. */
  readonly responses: Responses;

  /** A dry run: what would be sent, and why. Sends nothing. */
  compile(request: ChatRequest, call?: CallContext): Promise<DryRun>;

  /** What agents have learned: add, search, list, get, forget, export, import. */
  readonly contexts: Contexts;

  /** What calls came to, by tenant, agent and day, and who shares with whom. */
  readonly stats: Stats;

  /** The answers that the caches keep. */
  readonly cache: ResponseCacheControl;

  /**
   * How many tokens the model would read of a request, in any wire. Counted by the vendor where that speaks the wire and
   * counts, else here, with the tokenizer nearest to the model's.
   *
   * @param callId - names the question in events
   * @throws PromptCompilerError `PC_INVALID_REQUEST`, or the `signal.reason` of the call
   */
  countTokens(request: WireRequest, call?: CallContext, callId?: string): Promise<TokenCount>;

  /** What is served: concrete names first, behind a pattern what the upstream lists. */
  models(call?: CallContext): Promise<readonly Model[]>;

  /**
   * Changes the configuration while calls go on, and loses none of them. What is left out of `changes` stays as it is; a
   * group of options, `deployments` too, is replaced as a whole. New calls go by the new configuration from this moment
   * on; those that are being routed end by the one they began with, further attempts and streams included. Several changes
   * take effect in the order they were asked for.
   *
   * A deployment with the same `id` and the same `provider` value is the same one: its health, cooldowns, retry budget and
   * used limits stay, and what the strategy has measured.
   *
   * @returns when the last call of before has ended and the providers that are no longer in use are closed
   * @throws TypeError or RangeError naming the option and its value: then nothing has changed; `PC_CLOSED`
   */
  reconfigure(changes: ConfigurationChanges): Promise<void>;

  /** Waits for the calls under way, then closes connections and storage. Later calls reject with `PC_CLOSED`. */
  close(): Promise<void>;

  /**
   * The seam for adapters: a request of any wire in, an answer in the same wire out, bytes kept where they can be.
   *
   * @param callId - names the call in events and in the answer, where a caller was told a name already
   * @throws `AllDeploymentsFailedError`, `ProviderError`, `PromptCompilerError`, or the `signal.reason` of the call
   */
  dispatch(request: WireRequest, call?: CallContext, callId?: string): Promise<Answer>;

  /**
   * The seam for what nobody here reads, speech and pictures for one: bytes out, bytes back. It goes to the deployment of its
   * model, or to the first that forwards any, once.
   *
   * @throws as `dispatch`
   */
  forward(request: ForwardRequest, call?: CallContext, callId?: string): Promise<ForwardedAnswer>;
}

/** What `forward` gives. */
export type { ForwardedAnswer };

/** Throws out answers that the caches keep. */
export interface ResponseCacheControl {
  /**
   * Throws out every answer of which all that is said is true: its tenant; its model, as requested, sent or served; its id,
   * the answer's own or that of the call it was made for. Nothing said: all of them. Resolves when they are gone, from
   * storage too; other processes on the same storage give none of them after a second.
   *
   * @returns how many there were
   */
  clear(filter?: AnswerFilter): Promise<number>;
}

/** What `compile` gives. */
export interface DryRun {
  readonly request: ChatRequest;
  readonly report: CompileReport;
}

/** By this, a compiler is known across module copies and formats. */
const BRAND = Symbol.for("prompt-compiler.compiler");

export function isPromptCompiler(value: unknown): value is PromptCompiler {
  return typeof value === "object" && value !== null && BRAND in value;
}

/**
 * Makes a compiler. Without options: storage in memory, and the built-in extractive model.
 *
 * @throws TypeError or RangeError naming the option, the value and the nearest known name
 */
export function createPromptCompiler(options: PromptCompilerOptions = {}): PromptCompiler {
  const given = parseCompilerOptions(options, "createPromptCompiler");
  const emit = toEmitter(given.onEvent);
  const storage = inTodaysFormat(given.storage, emit);
  const parsed = { ...given, storage };
  const { clock } = parsed;
  const scheduler = createScheduler(parsed);
  const responses = createResponses(storage, parsed.responses ?? {}, emit);
  const ledger = ledgerOf(parsed.stats, storage, clock, emit);
  const engine = createContextEngine({
    ...parsed,
    migrated: (signal) => (signal ? unlessAborted(storage.migrated(), signal) : storage.migrated()),
    // What is forgotten is forgotten in the caches first.
    forgetCopies: async (forgotten) => {
      await scheduler.answers.forget(forgotten);
      await responses.forget(forgotten);
      const { tenant, wholeTenant, wholeAgent } = forgotten;
      if (wholeTenant || wholeAgent !== undefined) await ledger?.forget(tenant, wholeAgent);
    },
  });
  const { captureModel } = parsed.context;
  const learner =
    captureModel === undefined
      ? undefined
      : createLearner({
          model: captureModel,
          ask: async (body, call) => {
            const { reply } = await dispatch(
              { wire: "chat", body: { ...body } },
              call,
              newRequestId(),
              parts,
            );
            return codecFor("chat").answer(parseBody<WireBody>(reply))?.text ?? "";
          },
          contexts: engine.contexts,
          emit,
        });
  const parts: DispatchParts = { engine, scheduler, ledger, learner, emit, clock };
  const makeCall = async (request: WireRequest, call: CallContext, callId: string) => {
    const { reply } = await makeCallOf(request, call, callId, parts, responses);
    return { status: reply.status, body: reply.body ?? new Uint8Array() };
  };
  // What is compiled, shared or gone on from is made for each call at its time: a vendor's batch has none of it.
  const placeFor: Parameters<typeof createDurableBatches>[0]["placeFor"] = ({ object, context }, models) => {
    const wire = WIRES[object.endpoint];
    const isOurs =
      parts.engine.isAskedFor(callerOf(context), context) || context.share || wire === "responses";
    return isOurs ? undefined : scheduler.batchPlace(wire, new Set(models));
  };
  return new Compiler(
    parts,
    responses,
    createDurableBatches({ storage, clock, emit, makeCall, placeFor, options: parsed.batches }),
    createStats({ ledger, storedGroups: engine.storedGroups, now: () => clock.now() }),
    parsed.builtIn,
  );
}

function inTodaysFormat(storage: Storage, emit: EventListener): MigratingStorage {
  return migrating(storage, {
    migrations: [indexItems],
    onProgress: (progress) => emit({ type: "migration", ...progress }),
    onFailure: (error) => emit({ type: "degraded", callId: undefined, what: "storage", error }),
  });
}

function ledgerOf(
  stats: PromptCompilerOptions["stats"] = {},
  storage: Storage,
  clock: Clock,
  emit: EventListener,
): CallLedger | undefined {
  if (stats === false) return undefined;
  return createCallLedger(storage, clock, stats.ttlMs ?? statsDefaults.ttlMs, emit);
}

class Compiler implements PromptCompiler {
  readonly [BRAND] = true;
  readonly #parts: DispatchParts;
  readonly #kept: KeptResponses;
  readonly #durable: DurableBatches;
  readonly stats: Stats;
  readonly #builtIn: readonly DeploymentOptions[];
  #closed = false;

  constructor(
    parts: DispatchParts,
    kept: KeptResponses,
    durable: DurableBatches,
    stats: Stats,
    builtIn: readonly DeploymentOptions[],
  ) {
    this.#parts = parts;
    this.#kept = kept;
    this.#durable = durable;
    this.stats = stats;
    this.#builtIn = builtIn;
  }

  get files(): Files {
    return this.#durable.files;
  }

  get batches(): Batches {
    return this.#durable.batches;
  }

  get responses(): Responses {
    return this.#kept.responses;
  }

  get cache(): ResponseCacheControl {
    return this.#parts.scheduler.answers;
  }

  get contexts(): Contexts {
    return this.#parts.engine.contexts;
  }

  async chat(request: ChatRequest, call: CallContext = {}): Promise<ChatCompletion> {
    const { reply } = await this.dispatch({ wire: "chat", body: { ...request, stream: false } }, call);
    return parseBody(reply);
  }

  async *stream(request: ChatRequest, call: CallContext = {}): AsyncGenerator<ChatChunk> {
    const { reply } = await this.dispatch({ wire: "chat", body: { ...request, stream: true } }, call);
    const { inspect } = codecFor("chat");
    for await (const frames of reply.frames ?? []) {
      for (const frame of frames) if (!inspect(frame).last) yield JSON.parse(frame.data);
    }
  }

  async embed(request: EmbeddingRequest, call: CallContext = {}): Promise<EmbeddingResponse> {
    const { reply } = await this.dispatch({ wire: "embeddings", body: { ...request } }, call);
    return parseBody(reply);
  }

  batch(requests: Iterable<BatchRequest>, call: BatchCall = {}): Batch {
    this.#assertOpen();
    return startBatch(requests, call, (request, context) =>
      "messages" in request ? this.chat(request, context) : this.embed(request, context),
    );
  }

  async compile(request: ChatRequest, call: CallContext = {}): Promise<DryRun> {
    this.#assertOpen();
    const body: WireBody = { ...request };
    codecFor("chat").check(body);
    const compiled = await this.#parts.engine.compile({ wire: "chat", body }, callerOf(call), call, {
      isDry: true,
    });
    return { request: compiled.request.body as unknown as ChatRequest, report: compiled.report };
  }

  async countTokens(
    request: WireRequest,
    call: CallContext = {},
    callId = newRequestId(),
  ): Promise<TokenCount> {
    this.#assertOpen();
    const { signal = new AbortController().signal } = call;
    signal.throwIfAborted();
    codecFor(request.wire).check(request.body);
    const whole = request.wire === "responses" ? await this.#kept.whole(request, call) : request;
    return countTokens(whole, signal, callId, this.#parts);
  }

  async models({ signal = new AbortController().signal }: CallContext = {}): Promise<readonly Model[]> {
    this.#assertOpen();
    return this.#parts.scheduler.models(signal);
  }

  async reconfigure(changes: ConfigurationChanges): Promise<void> {
    this.#assertOpen();
    await this.#parts.scheduler.reconfigure(parseCompilerChanges(changes, "reconfigure", this.#builtIn));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#durable.close();
    await this.#parts.learner?.close();
    await this.#parts.scheduler.close();
    await this.#parts.ledger?.close();
    await this.#parts.engine.close();
  }

  async dispatch(request: WireRequest, call: CallContext = {}, callId = newRequestId()): Promise<Answer> {
    this.#assertOpen();
    return makeCallOf(request, call, callId, this.#parts, this.#kept);
  }

  async forward(
    request: ForwardRequest,
    call: CallContext = {},
    callId = newRequestId(),
  ): Promise<ForwardedAnswer> {
    this.#assertOpen();
    return forward(request, call, callId, this.#parts);
  }

  #assertOpen(): void {
    if (this.#closed) throw new PromptCompilerError("PC_CLOSED", "this compiler was closed");
  }
}

/** Makes a call; one of responses with the conversation that it goes on from. */
function makeCallOf(
  request: WireRequest,
  call: CallContext,
  callId: string,
  parts: DispatchParts,
  kept: KeptResponses,
): Promise<Answer> {
  if (request.wire !== "responses") return dispatch(request, call, callId, parts);
  return kept.through(request, call, callId, (whole, keptBy) => dispatch(whole, call, callId, parts, keptBy));
}

function parseBody<T>({ body = new Uint8Array() }: Reply): T {
  return JSON.parse(decodeText(body));
}
