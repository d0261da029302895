/**
 * What a policy does to the calls of a session, each with the messages before one of the assistant's.
 *
 *     history removed   tokens of all calls, less system prompt and tools, against sending everything
 *     prefix kept       how much of the call before stands at the beginning of this one
 *     cost index        input tokens at the prices of a provider with a prompt cache, against sending everything: 0.1 for
 *                       what is cached, 1.25 or 1 for what is written
 *     arguments         values in the next tool call that were said before, and are still there; far: last said more than
 *                       six messages ago
 *     broken pairs      calls without a result or a result without its call, of which the session has none
 *
 * The prompt cache is the audit's (`src/audit/replay.ts`): it has a prompt up to the first message that differs from the
 * call before, forgets nothing, and 3,000 tokens of tools go before all.
 */

import { PROPORTIONS } from "../../../src/audit/prices.ts";
import { type Prompt, readPrompt, sharedParts, tokensOfFirst } from "../../../src/audit/prompt.ts";
import { addCall, type Course, NO_CALLS } from "../../../src/audit/replay.ts";
import type { Price } from "../../../src/scheduler/price.ts";
import type { Tokenizer } from "../../../src/tokenizer.ts";
import { codecFor } from "../../../src/wires/index.ts";
import type { WireBody, WireMessage } from "../../../src/wires/wire.ts";
import { groundedArguments } from "./arguments.ts";
import type { Message, Session } from "./sessions.ts";

/** Gives the messages that are sent in place of those of a call. One a session. */
export type Policy = (messages: readonly Message[]) => Promise<readonly Message[]>;

/** What is measured of one session: fractions, one for each thing they are told of. */
export interface SessionFigures {
  /** Tokens of the history in a call, the mean. */
  readonly historyTokens: number;
  /** What is removed, and what it costs in hundredths, over sending everything: of all calls together. */
  readonly history: Sum;
  readonly cost: Sum;
  readonly costWithoutWriteFee: Sum;
  /** After each call: how long the session was by then, and what it had cost. */
  readonly course: readonly CoursePoint[];
  /** For each call but the first. */
  readonly prefixKept: readonly number[];
  /** For each argument that was said before; far ones are among them. */
  readonly argumentsKept: readonly number[];
  readonly farArgumentsKept: readonly number[];
  /** For each call. */
  readonly broken: readonly number[];
  /** For each call: what must be kept is more than the budget, and it went out as it was. */
  readonly refused: readonly number[];
}

export interface Sum {
  readonly part: number;
  readonly whole: number;
}

export interface CoursePoint {
  /** Tokens of the session until then, the system prompt not among them. */
  readonly length: number;
  /** Of all calls until then, over sending everything. */
  readonly cost: Sum;
}

const TOOL_TOKENS = 3000;
const WITH_FEE: Price = { ...PROPORTIONS, cacheWritePer1M: 1.25 };

export async function measureSession(
  session: Session,
  policy: Policy,
  tokenizer: Tokenizer,
): Promise<SessionFigures> {
  const tokens = { history: 0, whole: 0 };
  const withFee = new Comparison(WITH_FEE);
  const withoutFee = new Comparison(PROPORTIONS);
  const course: CoursePoint[] = [];
  const prefixKept: number[] = [];
  const argumentsKept: number[] = [];
  const farArgumentsKept: number[] = [];
  const broken: number[] = [];
  const refused: number[] = [];

  let before: Call | undefined;
  let wholeBefore: Call | undefined;
  for (const [at, next] of session.entries()) {
    if (next.role !== "assistant") continue;
    const asked = session.slice(0, at);
    const whole = toCall(asked, tokenizer);
    const sent = await policy(asked).catch(() => undefined);
    const call = sent === undefined ? whole : toCall(sent, tokenizer);

    const instructions = whole.prompt.parts.find(({ role }) => role === "system")?.tokens ?? 0;
    tokens.history += call.prompt.tokens - instructions;
    tokens.whole += whole.prompt.tokens - instructions;
    if (before !== undefined) prefixKept.push(keptShare(before.prompt, call.prompt));
    for (const comparison of [withFee, withoutFee]) comparison.add([before, call], [wholeBefore, whole]);
    course.push({ length: whole.prompt.tokens - instructions, cost: withFee.sum });
    broken.push(brokenPairs(call.said) > brokenPairs(whole.said) ? 1 : 0);
    refused.push(sent === undefined ? 1 : 0);
    for (const { isKept, isFar } of groundedArguments(next, whole.said, call.said)) {
      argumentsKept.push(isKept ? 1 : 0);
      if (isFar) farArgumentsKept.push(isKept ? 1 : 0);
    }
    before = call;
    wholeBefore = whole;
  }
  return {
    historyTokens: tokens.history / broken.length,
    history: { part: tokens.whole - tokens.history, whole: tokens.whole },
    cost: withFee.sum,
    costWithoutWriteFee: withoutFee.sum,
    course,
    prefixKept,
    argumentsKept,
    farArgumentsKept,
    broken,
    refused,
  };
}

interface Call {
  readonly prompt: Prompt;
  readonly said: readonly WireMessage[];
}

function toCall(messages: readonly Message[], tokenizer: Tokenizer): Call {
  const body: WireBody = { messages };
  return { prompt: readPrompt(body, tokenizer), said: codecFor("chat").messages(body) };
}

/** What calls cost at a price, ours and those with everything in them. */
class Comparison {
  #ours: Course = NO_CALLS;
  #whole: Course = NO_CALLS;
  readonly #terms;

  constructor(price: Price) {
    this.#terms = { price, hidden: TOOL_TOKENS, isCold: false, isKeptLong: false };
  }

  add(ours: readonly [Call | undefined, Call], whole: readonly [Call | undefined, Call]): void {
    this.#ours = addCall(this.#ours, ours[0]?.prompt, ours[1].prompt, this.#terms);
    this.#whole = addCall(this.#whole, whole[0]?.prompt, whole[1].prompt, this.#terms);
  }

  get sum(): Sum {
    return { part: 100 * this.#ours.cost.plainTokens, whole: this.#whole.cost.plainTokens };
  }
}

function keptShare(before: Prompt, now: Prompt): number {
  const kept = tokensOfFirst(sharedParts(before, now), before);
  return (TOOL_TOKENS + kept) / (TOOL_TOKENS + before.tokens);
}

function brokenPairs(said: readonly WireMessage[]): number {
  const open = new Set<string>();
  let orphans = 0;
  for (const { toolCalls, toolResultsFor } of said) {
    for (const id of toolResultsFor) if (!open.delete(id)) orphans += 1;
    for (const { id } of toolCalls) open.add(id);
  }
  return orphans + open.size;
}
