import type {
  CallContext,
  ChatChunk,
  ChatCompletion,
  ChatRequest,
  EmbeddingRequest,
  EmbeddingResponse,
  Model,
  Usage,
} from "./chat.ts";
import type { Clock } from "./clock.ts";
import type { PromptCompilerOptions } from "./config/compiler-options.ts";
import { parseCompilerOptions } from "./config.ts";
import type { CompiledContext } from "./core/compile.ts";
import type { Contexts } from "./core/contexts.ts";
import { type ContextEngine, createContextEngine } from "./core/engine.ts";
import type { CompileReport } from "./core/report.ts";
import { callerOf } from "./core/sharing/access.ts";
import type { Caller } from "./core/sharing/item.ts";
import { type Delivery, deliverBody, deliverFrames, type Outcome } from "./deliver.ts";
import {
  isAllDeploymentsFailedError,
  isPromptCompilerError,
  isProviderError,
  PromptCompilerError,
} from "./errors.ts";
import { newRequestId } from "./request-id.ts";
import type { ScheduledAnswer } from "./scheduler/call.ts";
import { createScheduler, type Scheduler } from "./scheduler/scheduler.ts";
import { type EventListener, toEmitter } from "./telemetry.ts";
import { codecFor } from "./wires/index.ts";
import type { Reply, Wire, WireBody, WireMessage, WireRequest } from "./wires/wire.ts";

/** The compiler: every call goes through one of these. Safe for any number of concurrent calls. */
export interface PromptCompiler {
  /** One chat completion, whole. With `explain`, the compile report is in it under `pc`. */
  chat(request: ChatRequest, call?: CallContext): Promise<ChatCompletion>;

  /** The same as chunks. Leaving the loop early cancels the upstream. Throws where the upstream breaks off. */
  stream(request: ChatRequest, call?: CallContext): AsyncIterable<ChatChunk>;

  embed(request: EmbeddingRequest, call?: CallContext): Promise<EmbeddingResponse>;

  /** A dry run: what would be sent, and why. Sends nothing. */
  compile(request: ChatRequest, call?: CallContext): Promise<DryRun>;

  /** What agents have learned: add, search, list, get, forget, export, import. */
  readonly contexts: Contexts;

  /** What is served: concrete names first, behind a pattern what the upstream lists. */
  models(call?: CallContext): Promise<readonly Model[]>;

  /** Waits for the calls under way, then closes connections and storage. Later calls reject with `PC_CLOSED`. */
  close(): Promise<void>;

  /**
   * The seam for adapters: a request of any wire in, an answer in the same wire out, bytes kept where they can be.
   *
   * @param callId - names the call in events and in the answer, where a caller was told a name already
   */
  dispatch(request: WireRequest, call?: CallContext, callId?: string): Promise<Answer>;
}

/** What `compile` gives. */
export interface DryRun {
  readonly request: ChatRequest;
  readonly report: CompileReport;
}

/** What `dispatch` gives. On failure it throws: `AllDeploymentsFailedError`, `PromptCompilerError`, `signal.reason`. */
export interface Answer {
  /** Names the call in headers and events. */
  readonly callId: string;
  /** Id of the deployment that answered. */
  readonly deployment: string;
  readonly sentModel: string;
  /** What the answer says it is from; `undefined` if it does not say. */
  readonly servedModel: string | undefined;
  /** Upstream requests made, the successful one included. */
  readonly attempts: number;
  /** Milliseconds spent waiting for upstreams, up to the commit point. */
  readonly upstreamMs: number;
  /** Parameters left out because the deployment is known to reject them. */
  readonly dropped: readonly string[];
  /** On compiled calls. */
  readonly report: CompileReport | undefined;
  /** In the request's own wire. Iterating frames throws where the upstream breaks off. */
  readonly reply: Reply;
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
  const parsed = parseCompilerOptions(options, "createPromptCompiler");
  const { onEvent, clock } = parsed;
  return new Compiler(createContextEngine(parsed), createScheduler(parsed), toEmitter(onEvent), clock);
}

class Compiler implements PromptCompiler {
  readonly [BRAND] = true;
  readonly #engine: ContextEngine;
  readonly #scheduler: Scheduler;
  readonly #emit: EventListener;
  readonly #clock: Clock;
  #closed = false;

  constructor(engine: ContextEngine, scheduler: Scheduler, emit: EventListener, clock: Clock) {
    this.#engine = engine;
    this.#scheduler = scheduler;
    this.#emit = emit;
    this.#clock = clock;
  }

  get contexts(): Contexts {
    return this.#engine.contexts;
  }

  async chat(request: ChatRequest, call: CallContext = {}): Promise<ChatCompletion> {
    const body = { ...request, stream: false };
    const { reply } = await this.dispatch({ wire: "chat", body }, call);
    return parseBody(reply);
  }

  async *stream(request: ChatRequest, call: CallContext = {}): AsyncGenerator<ChatChunk> {
    const body = { ...request, stream: true };
    const { reply } = await this.dispatch({ wire: "chat", body }, call);
    const { inspect } = codecFor("chat");
    for await (const frames of reply.frames ?? []) {
      for (const frame of frames) if (!inspect(frame).last) yield JSON.parse(frame.data);
    }
  }

  async embed(request: EmbeddingRequest, call: CallContext = {}): Promise<EmbeddingResponse> {
    const { reply } = await this.dispatch({ wire: "embeddings", body: { ...request } }, call);
    return parseBody(reply);
  }

  async compile(request: ChatRequest, call: CallContext = {}): Promise<DryRun> {
    this.#assertOpen();
    const body: WireBody = { ...request };
    codecFor("chat").check(body);
    const compiled = await this.#engine.compile({ wire: "chat", body }, callerOf(call), call);
    return { request: compiled.request.body as unknown as ChatRequest, report: compiled.report };
  }

  async models(call: CallContext = {}): Promise<readonly Model[]> {
    this.#assertOpen();
    return this.#scheduler.models(call.signal ?? NEVER);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#scheduler.close();
    await this.#engine.close();
  }

  async dispatch(request: WireRequest, call: CallContext = {}, callId = newRequestId()): Promise<Answer> {
    this.#assertOpen();
    const signal = call.signal ?? NEVER;
    signal.throwIfAborted();
    const codec = codecFor(request.wire);
    codec.check(request.body);
    const caller = callerOf(call);
    const model = modelOf(request.body);
    const end = this.#startCall(callId, request.wire, model);
    try {
      let compiled = await this.#compileIfAsked(callId, request, caller, call);
      const scheduled = await this.#scheduler.run({
        callId,
        wire: request.wire,
        model,
        stream: codec.isStream(request.body),
        // The report is that of the last attempt: the one that is answered.
        requestFor: ({ contextWindow }) => {
          compiled &&= this.#engine.fitToWindow(compiled, contextWindow);
          return compiled?.request ?? request;
        },
        priority: call.priority ?? 0,
        deadlineMs: call.deadlineMs,
        signal,
      });
      const delivery: Delivery = {
        codec,
        deployment: scheduled.deployment,
        wantsUsage: codec.wantsUsage(request.body),
        report: call.explain ? compiled?.report : undefined,
        capture: caller.write ? (answer) => this.#capture(callId, request, answer, caller) : undefined,
        signal,
        end: (outcome, usage) => end(outcome, scheduled.attempts, usage),
      };
      const { deployment, sentModel, attempts, upstreamMs, dropped } = scheduled;
      const told = { callId, deployment, sentModel, attempts, upstreamMs, dropped, report: compiled?.report };
      return { ...told, ...(await deliver(scheduled, delivery)) };
    } catch (error) {
      end(signal.aborted ? "cancelled" : "failed", attemptsOf(error), undefined);
      throw error;
    }
  }

  #startCall(callId: string, wire: Wire, model: string | undefined) {
    const startedAt = this.#clock.now();
    this.#emit({ type: "call-start", callId, wire, requestedModel: model ?? "auto" });
    return (outcome: Outcome, attempts: number, usage: Usage | undefined): void => {
      const durationMs = this.#clock.now() - startedAt;
      this.#emit({ type: "call-end", callId, outcome, attempts, durationMs, usage });
    };
  }

  /** Compiles where the call asks for it. What goes wrong in our own house never fails the call: it goes on as it came. */
  async #compileIfAsked(
    callId: string,
    request: WireRequest,
    caller: Caller,
    call: CallContext,
  ): Promise<CompiledContext | undefined> {
    if (!this.#engine.isAskedFor(caller, call)) return undefined;
    try {
      const compiled = await this.#engine.compile(request, caller, call);
      this.#emit({ type: "context-compiled", callId, ...totalsOf(compiled.report) });
      return compiled;
    } catch (error) {
      if (isPromptCompilerError(error) && error.code !== "PC_STORAGE_UNAVAILABLE") throw error;
      this.#emit({ type: "degraded", callId, what: "compile", error });
      return undefined;
    }
  }

  async #capture(
    callId: string,
    request: WireRequest,
    answer: WireMessage | undefined,
    caller: Caller,
  ): Promise<void> {
    try {
      const entries = await this.#engine.capture(request, answer, caller);
      this.#emit({ type: "context-captured", callId, entries });
    } catch (error) {
      this.#emit({ type: "degraded", callId, what: "capture", error });
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new PromptCompilerError("PC_CLOSED", "this compiler was closed");
  }
}

/** The signal of a call that has none. */
const NEVER = new AbortController().signal;

/** Sends an answer on its way back, and reads off it what it says it is from. */
async function deliver(
  { reply, firstFrame }: ScheduledAnswer,
  delivery: Delivery,
): Promise<Pick<Answer, "reply" | "servedModel">> {
  const { servedModel } = delivery.codec;
  if (reply.frames === undefined) {
    const text = Buffer.from(reply.body).toString();
    const body = await deliverBody(reply.body, text, delivery);
    return { servedModel: servedModel(text), reply: { ...reply, body } };
  }
  return {
    servedModel: firstFrame && servedModel(firstFrame.data),
    reply: { ...reply, frames: deliverFrames(reply.frames, delivery) },
  };
}

function modelOf(body: WireBody): string | undefined {
  const { model } = body;
  if (model === undefined || model === null || model === "auto") return undefined;
  if (typeof model === "string") return model;
  throw new PromptCompilerError("PC_INVALID_REQUEST", "'model' must be a string", {
    param: "model",
    wireCode: "invalid_type",
  });
}

function attemptsOf(error: unknown): number {
  if (isAllDeploymentsFailedError(error)) return error.attempts.length;
  return isProviderError(error) ? 1 : 0;
}

function totalsOf({ tokensBefore, tokensAfter, segments }: CompileReport) {
  return {
    tokensBefore,
    tokensAfter,
    injected: segments.filter(({ action }) => action === "injected").length,
  };
}

function parseBody<T>(reply: Reply): T {
  return JSON.parse(Buffer.from(reply.body ?? []).toString());
}
