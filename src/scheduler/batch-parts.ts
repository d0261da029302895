/** What batches are made of: the parts of calls, how calls are cut into them, and how answers come together again. */

import { type EmbeddingAnswer, joinAnswers, writeAnswer } from "../wires/embeddings/answers.ts";
import {
  BYTES_PER_TOKEN,
  type EmbeddingInput,
  estimateTokens,
  withInputs,
} from "../wires/embeddings/inputs.ts";
import type { BatchLimits } from "./batch-limits.ts";
import type { ScheduledAnswer, ScheduledCall } from "./call.ts";

/** How much something is of a request. */
export interface Size {
  readonly count: number;
  /** Estimated. */
  readonly tokens: number;
}

export const EMPTY: Size = { count: 0, tokens: 0 };

/** Inputs that are sent together. */
interface Inputs extends Size {
  readonly inputs: readonly EmbeddingInput[];
}

/** Inputs of one call that are sent together, and who waits for them. */
export interface Part extends Inputs {
  readonly call: ScheduledCall;
  /** It is all of its call. */
  readonly isWhole: boolean;
  readonly resolve: (answer: PartAnswer) => void;
  readonly reject: (reason: unknown) => void;
}

export interface PartAnswer {
  /** Of the request the part was sent in. */
  readonly answer: ScheduledAnswer;
  /** The part's own; `undefined` where it was alone, and the answer is its own as it stands. */
  readonly vectors: EmbeddingAnswer | undefined;
}

/** Inputs in runs that keep the limits. An input that is above them by itself goes alone: its provider decides. */
export function cut(inputs: readonly EmbeddingInput[], limits: BatchLimits): readonly Inputs[] {
  const cuts: Inputs[] = [];
  let from = 0;
  let size = EMPTY;
  for (const [index, input] of inputs.entries()) {
    const one = { count: 1, tokens: estimateTokens(input) };
    if (size.count > 0 && isAbove(limits, sumOf(size, one))) {
      cuts.push({ inputs: inputs.slice(from, index), ...size });
      from = index;
      size = EMPTY;
    }
    size = sumOf(size, one);
  }
  return [...cuts, { inputs: inputs.slice(from), ...size }];
}

export function sumOf(a: Size, b: Size): Size {
  return { count: a.count + b.count, tokens: a.tokens + b.tokens };
}

/** Whether it is more than one request may hold. */
export function isAbove({ maxInputs, maxTokens }: BatchLimits, { count, tokens }: Size): boolean {
  return count > maxInputs || tokens > maxTokens;
}

/** Whether nothing can be added. */
export function isFull({ maxInputs, maxTokens }: BatchLimits, { count, tokens }: Size): boolean {
  return count >= maxInputs || tokens >= maxTokens;
}

/**
 * A call for the inputs of all parts, like the first of them in what they have in common; where calls wait it counts as
 * what it is. The bytes it came as are not its own any more.
 */
export function together(parts: readonly Part[], { call }: Part, signal: AbortSignal): ScheduledCall {
  const all = { ...parts.reduce(sumOf, EMPTY), inputs: parts.flatMap((part) => part.inputs) };
  return {
    ...partOf(call, all, signal),
    priority: Math.max(...parts.map((part) => part.call.priority ?? 0)),
  };
}

/** A call like this one, for these inputs. */
export function partOf(call: ScheduledCall, { inputs, tokens }: Inputs, signal: AbortSignal): ScheduledCall {
  return {
    ...call,
    signal,
    inputTokens: () => tokens,
    bytes: call.bytes === undefined ? undefined : tokens * BYTES_PER_TOKEN,
    requestFor(target) {
      const request = call.requestFor(target);
      return { ...request, body: withInputs(request.body, inputs), source: undefined };
    },
  };
}

/** A signal that aborts when the callers of all parts have left. */
export function lastToLeave(parts: readonly Part[]): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const signals = new Set(parts.map(({ call }) => call.signal));
  const look = (): void => {
    const here = [...signals].filter(({ aborted }) => !aborted);
    if (here.length === 0) controller.abort([...signals].at(-1)?.reason);
  };
  for (const signal of signals) signal.addEventListener("abort", look, { once: true });
  return {
    signal: controller.signal,
    end: () => {
      for (const signal of signals) signal.removeEventListener("abort", look);
    },
  };
}

/** The answer of a call, of those of its parts. */
export function joined(answers: readonly PartAnswer[]): ScheduledAnswer {
  const [first] = answers;
  if (first === undefined) throw new RangeError("a call has at least one part");
  const vectors = joinAnswers(answers.flatMap((each) => each.vectors ?? []));
  if (vectors === undefined) return first.answer;
  const all = answers.map(({ answer }) => answer);
  const { status, headers } = first.answer.reply;
  return {
    ...first.answer,
    attempts: all.reduce((sum, { attempts }) => sum + attempts, 0),
    upstreamMs: Math.max(...all.map(({ upstreamMs }) => upstreamMs)),
    dropped: [...new Set(all.flatMap(({ dropped }) => dropped))],
    reply: { status, headers, body: writeAnswer(vectors) },
  };
}
