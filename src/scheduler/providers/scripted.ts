/**
 * A provider that answers by script: for tests of whatever stands above a provider, and for examples. No network; time
 * passes by the clock it is given.
 *
 *     const provider = scripted(["hello", { fails: "rate-limited", retryAfterMs: 2000 }, { frames, ending: "cut" }]);
 *
 * The first attempt gets the first step, the second the second, and the last step is repeated for all that follow.
 */

import type { ChatUsage } from "../../chat.ts";
import { type Clock, systemClock } from "../../clock.ts";
import { type FailureKind, ProviderError } from "../../errors.ts";
import { type AnswerHead, chatChunk, chatCompletion, usageChunk } from "../../wires/chat/build.ts";
import { codecFor } from "../../wires/index.ts";
import { asString } from "../../wires/read.ts";
import type { Frame, Reply, Wire } from "../../wires/wire.ts";
import { untilAborted } from "../until-aborted.ts";
import { jsonReply } from "./json-reply.ts";
import type { Provider, ProviderAttempt } from "./provider.ts";

/** How one attempt is answered. A bare string is `{ says }`. */
export type ScriptedStep =
  | string
  | (Timing & { readonly says: string; readonly usage?: ChatUsage | undefined; readonly ending?: Ending })
  /** A whole answer, of any wire. */
  | (Timing & { readonly body: object })
  /** A stream: objects are sent as JSON, strings as they are. */
  | (Timing & { readonly frames: readonly (object | string)[]; readonly ending?: Ending })
  | (Timing & { readonly fails: FailureKind | ProviderError; readonly retryAfterMs?: number | undefined })
  /** No answer until the attempt is aborted. */
  | { readonly hangs: true };

/**
 * How a stream ends: properly; with the connection closed in the middle; never. A stream that is cut or hangs has all
 * its frames but those that complete it.
 *
 * @defaultValue "end"
 */
type Ending = "end" | "cut" | "hang" | undefined;

interface Timing {
  /** Milliseconds before the answer begins. @defaultValue 0 */
  readonly afterMs?: number | undefined;
  /** Milliseconds before each frame. @defaultValue 0 */
  readonly betweenMs?: number | undefined;
}

export interface ScriptedOptions {
  /** @defaultValue "scripted" */
  readonly name?: string | undefined;
  /** @defaultValue chat and embeddings */
  readonly wires?: readonly Wire[] | undefined;
  readonly rejects?: readonly string[] | undefined;
  /** What it says it serves. @defaultValue it cannot say */
  readonly models?: readonly string[] | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

export interface ScriptedProvider extends Provider {
  /** What was asked of it, in order. */
  readonly attempts: readonly ProviderAttempt[];
}

/** Makes one. @throws RangeError without a step */
export function scripted(
  steps: readonly [ScriptedStep, ...ScriptedStep[]],
  options: ScriptedOptions = {},
): ScriptedProvider {
  if (steps.length === 0) throw new RangeError("scripted: steps must hold at least one step, got none");
  const { name = "scripted", wires = ["chat", "embeddings"], rejects, models, clock = systemClock } = options;
  const attempts: ProviderAttempt[] = [];

  return {
    name,
    wires,
    rejects,
    attempts,
    async send(attempt) {
      attempt.signal.throwIfAborted();
      const step = steps[Math.min(attempts.length, steps.length - 1)] ?? { hangs: true };
      attempts.push(attempt);
      return play(typeof step === "string" ? { says: step } : step, attempt, name, clock);
    },
    ...(models && { listModels: async () => models }),
  };
}

async function play(
  step: Exclude<ScriptedStep, string>,
  attempt: ProviderAttempt,
  name: string,
  clock: Clock,
): Promise<Reply> {
  const { wire, body, signal } = attempt;
  if ("hangs" in step) return untilAborted(signal);
  if (step.afterMs !== undefined) await clock.sleep(step.afterMs, signal);
  if ("fails" in step) throw toFailure(step.fails, step.retryAfterMs, name);
  if ("body" in step) return jsonReply(step.body);

  const codec = codecFor(wire);
  if ("says" in step && !codec.isStream(body)) {
    const { says: content, usage } = step;
    return jsonReply(chatCompletion(headFor(attempt, clock), { content, finishReason: "stop", usage }));
  }
  const frames =
    "frames" in step
      ? step.frames.map(toFrame)
      : [...chunksOf(step, attempt, clock).map(toFrame), ...(codec.sentinel ? [codec.sentinel] : [])];
  const headers = { "content-type": "text/event-stream" };
  return { status: 200, headers, frames: stream(frames, step, attempt, name, clock) };
}

async function* stream(
  frames: readonly Frame[],
  { ending = "end", betweenMs = 0 }: Timing & { readonly ending?: Ending },
  { wire, signal }: ProviderAttempt,
  name: string,
  clock: Clock,
): AsyncGenerator<readonly Frame[], undefined> {
  const codec = codecFor(wire);
  for (const frame of frames) {
    signal.throwIfAborted();
    if (betweenMs > 0) await clock.sleep(betweenMs, signal);
    const { terminal, last } = codec.inspect(frame);
    if (ending !== "end" && (terminal || last)) break;
    yield [frame];
  }
  if (ending === "hang") await untilAborted(signal);
  if (ending === "cut") {
    throw new ProviderError("malformed-response", `${name} ended its stream in the middle of the answer`);
  }
}

function toFrame(value: object | string): Frame {
  return { data: typeof value === "string" ? value : JSON.stringify(value) };
}

/** A chunk a word, as a model would send it. */
function chunksOf(
  { says, usage }: { readonly says: string; readonly usage?: ChatUsage | undefined },
  attempt: ProviderAttempt,
  clock: Clock,
): readonly object[] {
  const asked = codecFor("chat").wantsUsage(attempt.body);
  const head = headFor(attempt, clock);
  return [
    chatChunk(head, { role: "assistant", content: "", refusal: null }),
    ...(says.match(/\s*\S+\s*/gu) ?? []).map((content) => chatChunk(head, { content })),
    chatChunk(head, {}, "stop"),
    ...(usage && asked ? [usageChunk(head, usage)] : []),
  ];
}

function headFor({ body }: ProviderAttempt, clock: Clock): AnswerHead {
  const created = Math.floor(clock.now() / 1000);
  return { id: "chatcmpl-scripted", created, model: asString(body["model"]) ?? "scripted" };
}

function toFailure(
  fails: FailureKind | ProviderError,
  retryAfterMs: number | undefined,
  name: string,
): ProviderError {
  if (typeof fails !== "string") return fails;
  return new ProviderError(fails, `${name} failed: ${fails}`, { retryAfterMs });
}
