/**
 * One call, from its request to its answer.
 *
 *     request ─▶ check ─▶ compile, if asked ─▶ schedule ─▶ deliver ─▶ answer
 *                              │                  ▲
 *                              └─ fitted to the ──┘
 *                                 deployment's window, each attempt anew
 *
 * What goes wrong in our own house, storage above all, fails no call: it goes on as it came, and a "degraded" event says
 * so. However a call ends, "call-end" is told once.
 */
import type { CallContext, Usage } from "./chat.ts";
import type { Clock } from "./clock.ts";
import type { CompiledContext } from "./core/compile.ts";
import type { ContextEngine } from "./core/engine.ts";
import type { CompileReport } from "./core/report.ts";
import { callerOf } from "./core/sharing/access.ts";
import type { Caller } from "./core/sharing/item.ts";
import { type Delivery, deliver, type Outcome } from "./deliver.ts";
import {
  isAllDeploymentsFailedError,
  isPromptCompilerError,
  isProviderError,
  PromptCompilerError,
} from "./errors.ts";
import type { Learner } from "./learner.ts";
import { type CacheControl, parseCacheControl } from "./scheduler/cache/cache-control.ts";
import { type CacheOutcome, isSpared } from "./scheduler/call.ts";
import { conversationOf } from "./scheduler/conversation.ts";
import { LostCost } from "./scheduler/lost-cost.ts";
import { costOf } from "./scheduler/price.ts";
import type { Scheduler } from "./scheduler/scheduler.ts";
import type { CallLedger, CallOwner } from "./stats/ledger.ts";
import type { EventListener } from "./telemetry.ts";
import { codecFor } from "./wires/index.ts";
import type { Reply, Wire, WireBody, WireMessage, WireRequest } from "./wires/wire.ts";

/** An answer, and how it came about. */
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
  /** What was put into the vendor's own words: "max_tokens", "messages[].role"; `undefined`: an answer of before. */
  readonly changed?: readonly string[] | undefined;
  /** On compiled calls. */
  readonly report: CompileReport | undefined;
  /** What the response caches had to do with it. */
  readonly cache: CacheOutcome;
  /**
   * In US dollars, failed attempts left out; `undefined` where it is not known: no price, no usage, or a stream that has
   * not ended. The "call-end" event knows it of streams, too.
   */
  readonly costUsd?: number | undefined;
  /** In the request's own wire. Iterating frames throws where the upstream breaks off. */
  readonly reply: Reply;
}

/** What a call needs of the compiler it is made with. */
export interface DispatchParts {
  readonly engine: ContextEngine;
  readonly scheduler: Scheduler;
  /** Counts calls; `undefined`: nobody does. */
  readonly ledger: CallLedger | undefined;
  /** Has a model note what is to be learned; `undefined`: none does. */
  readonly learner: Learner | undefined;
  readonly emit: EventListener;
  readonly clock: Clock;
}

/**
 * Makes a call.
 *
 * @param keptBy - the deployment that keeps what the call goes on from
 * @throws PromptCompilerError `PC_INVALID_REQUEST` before anything is done; what `Scheduler.run` throws; `signal.reason`
 */
export async function dispatch(
  request: WireRequest,
  call: CallContext,
  callId: string,
  shared: DispatchParts,
  keptBy?: string | undefined,
): Promise<Answer> {
  const { engine, scheduler } = shared;
  const { priority, deadlineMs, signal = new AbortController().signal } = call;
  signal.throwIfAborted();
  const codec = codecFor(request.wire);
  codec.check(request.body);
  const caller = callerOf(call);
  const parts = countedFor(caller, shared);
  const model = modelOf(request.body);
  const control = controlOf(call);
  const lost = new LostCost();
  const end = startCall(callId, request.wire, model, lost, parts);
  try {
    let compiled = await compileIfAsked(request, caller, call, callId, parts);
    const {
      reply,
      ended: _,
      cache = "bypass",
      ...scheduled
    } = await scheduler.run({
      callId,
      wire: request.wire,
      model,
      keptBy,
      stream: codec.isStream(request.body),
      // The report is that of the last attempt: the one that is answered.
      requestFor: ({ contextWindow, model: sent, spoken }) => {
        compiled &&= engine.fitToWindow(compiled, contextWindow);
        return compiled === undefined ? request : engine.render(compiled, sent, spoken);
      },
      tenant: caller.tenant,
      agentId: caller.agentId,
      group: call.group,
      cache: control,
      contextIds: () => (compiled === undefined ? [] : injectedIds(compiled.report)),
      writesContext: caller.write,
      needs: () => codec.needs(request.body),
      inputTokens: () => compiled?.report.tokensAfter ?? codec.estimateTokens(request.body),
      conversation: () => conversationOf(codec.opening(request.body), caller),
      bytes: request.source?.byteLength,
      lost,
      outputLimit: () => codec.outputLimit(request.body),
      priority,
      deadlineMs,
      signal,
    });
    const delivery: Delivery = {
      codec,
      deployment: scheduled.deployment,
      wantsUsage: codec.wantsUsage(request.body),
      report: call.explain ? compiled?.report : undefined,
      capture: caller.write ? (answer) => capture(request, answer, caller, callId, parts) : undefined,
      onLeftOut: (error) => parts.emit({ type: "degraded", callId, what: "stream", error }),
      signal,
      end: (outcome, usage) => {
        costUsd = end(outcome, scheduled.attempts, usage, cache, scheduled.deployment);
      },
    };
    let costUsd = isSpared(cache) ? 0 : undefined;
    const delivered = await deliver(reply, delivery);
    return { callId, ...scheduled, cache, costUsd, report: compiled?.report, reply: delivered };
  } catch (error) {
    end(signal.aborted ? "cancelled" : "failed", attemptsOf(error), undefined, "bypass");
    throw error;
  }
}

/** The same parts, whose events are counted as this owner's. */
export function countedFor<Parts extends Pick<DispatchParts, "ledger" | "emit">>(
  owner: CallOwner,
  parts: Parts,
): Parts {
  const { ledger, emit } = parts;
  return ledger === undefined ? parts : { ...parts, emit: ledger.listener(owner, emit) };
}

/** @param deployment - whose answer it is, if there is one. @returns what the call cost, in US dollars */
type EndCall = (
  outcome: Outcome,
  attempts: number,
  usage: Usage | undefined,
  cache: CacheOutcome,
  deployment?: string,
) => number | undefined;

function startCall(
  callId: string,
  wire: Wire,
  model: string | undefined,
  lost: LostCost,
  { emit, clock, scheduler }: DispatchParts,
): EndCall {
  const startedAt = clock.now();
  emit({ type: "call-start", callId, wire, requestedModel: model ?? "auto" });
  return (outcome, attempts, answered, cache, deployment) => {
    const durationMs = clock.now() - startedAt;
    // No answer costs nothing; what was lost on the way to it is told apart.
    const priced = deployment === undefined ? 0 : costOf(answered, scheduler.priceOf(deployment));
    const [costUsd, savedUsd] = isSpared(cache) ? [0, priced] : [priced, undefined];
    const [usage, savedUsage] = isSpared(cache) ? [NOTHING_USED, answered] : [answered, undefined];
    const cost = { costUsd, lostUsd: lost.usd, savedUsd };
    emit({ type: "call-end", callId, outcome, attempts, durationMs, usage, cache, savedUsage, ...cost });
    return costUsd;
  };
}

const NOTHING_USED: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

async function compileIfAsked(
  request: WireRequest,
  caller: Caller,
  call: CallContext,
  callId: string,
  { engine, emit }: DispatchParts,
): Promise<CompiledContext | undefined> {
  if (!engine.isAskedFor(caller, call)) return undefined;
  try {
    const compiled = await engine.compile(request, caller, call);
    emit({ type: "context-compiled", callId, ...totalsOf(compiled.report) });
    return compiled;
  } catch (error) {
    if (isPromptCompilerError(error) && error.code !== "PC_STORAGE_UNAVAILABLE") throw error;
    emit({ type: "degraded", callId, what: "compile", error });
    return undefined;
  }
}

async function capture(
  request: WireRequest,
  answer: WireMessage | undefined,
  caller: Caller,
  callId: string,
  { engine, learner, emit }: DispatchParts,
): Promise<void> {
  try {
    const { added, secrets } = await engine.capture(request, answer, caller);
    emit({ type: "context-captured", callId, entries: added.length, secretsRemoved: secrets });
    if (answer !== undefined) learner?.learn(added, caller, callId);
  } catch (error) {
    emit({ type: "degraded", callId, what: "capture", error });
  }
}

/** A name is repeated in events, headers and messages; no model has a longer one. */
const LONGEST_NAME = 256;

function modelOf({ model }: WireBody): string | undefined {
  if (model === undefined || model === null || model === "auto") return undefined;
  if (typeof model === "string" && model.length <= LONGEST_NAME) return model;
  throw new PromptCompilerError(
    "PC_INVALID_REQUEST",
    `'model' must be a text of at most ${LONGEST_NAME} characters`,
    {
      param: "model",
      wireCode: "invalid_type",
    },
  );
}

function controlOf({ cache }: CallContext): CacheControl | undefined {
  if (cache === undefined) return undefined;
  const control = parseCacheControl(cache);
  if (control !== undefined) return control;
  throw new PromptCompilerError(
    "PC_INVALID_REQUEST",
    `cache must be default, no-cache, no-store or only-if-cached, and perhaps ; max-age=seconds, got ${JSON.stringify(cache)}`,
    { param: "cache" },
  );
}

function injectedIds({ segments }: CompileReport): readonly string[] {
  return segments.flatMap(({ sources = [] }) => sources.map(({ id }) => id));
}

function attemptsOf(error: unknown): number {
  if (isAllDeploymentsFailedError(error)) return error.attempts.length;
  return isProviderError(error) ? 1 : 0;
}

function totalsOf({ tokensBefore, tokensAfter, segments }: CompileReport) {
  const injected = segments.filter(({ action }) => action === "injected").length;
  return { tokensBefore, tokensAfter, injected };
}
