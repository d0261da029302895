/**
 * The calls of a log again, each sent as it was and as it would have been compiled, by one model of the prompt cache:
 *
 *     a call reads      what it begins with like the call before it in its conversation, if that is enough and not too long ago
 *     and writes        the rest
 *     hidden            tokens that the provider counted at the first call and the log does not keep, tools and instructions:
 *                       they go before every prompt, and into every budget
 *
 * Both ways are charged by that model, so that their difference is of the compiling alone. A request that does not fit into
 * a budget goes as it is, as it would have had to.
 */
import type { ChatRequest } from "../chat.ts";
import { isPromptCompilerError } from "../errors.ts";
import type { PromptCompiler } from "../prompt-compiler.ts";
import type { Price } from "../scheduler/price.ts";
import type { Tokenizer } from "../tokenizer.ts";
import type { WireBody } from "../wires/wire.ts";
import { addCosts, type Cost, costOfUsage, NO_COST } from "./cost.ts";
import { LEAST_CACHED } from "./misses.ts";
import { type Prompt, readPrompt, sharedParts, tokensOfFirst } from "./prompt.ts";

/** What calls come to, made in one way. */
export interface Course {
  /** Input tokens. */
  readonly tokens: number;
  /** Of the tokens of the call before, those that the next began with, and how many there were. */
  readonly keptTokens: number;
  readonly comparedTokens: number;
  /** Calls that did not begin with all of the one before. */
  readonly bustCalls: number;
  /** Calls that did not fit, and went as they were. */
  readonly tooLarge: number;
  /** Of the input. */
  readonly cost: Cost;
}

export const NO_CALLS: Course = {
  tokens: 0,
  keptTokens: 0,
  comparedTokens: 0,
  bustCalls: 0,
  tooLarge: 0,
  cost: NO_COST,
};

/** What a call is charged by. */
export interface Terms {
  readonly price: Price | undefined;
  /** Tokens before the prompt that the log does not keep. */
  readonly hidden: number;
  /** The cache has forgotten the call before. */
  readonly isCold: boolean;
  /** What is written is kept for an hour. */
  readonly isKeptLong: boolean;
}

/** One more call on a course. @param before - the prompt before it in its conversation */
export function addCall(course: Course, before: Prompt | undefined, now: Prompt, terms: Terms): Course {
  const shared = before === undefined ? 0 : sharedParts(before, now);
  const kept = shared === 0 ? 0 : terms.hidden + tokensOfFirst(shared, now);
  const inputTokens = terms.hidden + now.tokens;
  const read = terms.isCold || kept < LEAST_CACHED ? 0 : kept;
  const written = inputTokens - read;
  const cost = costOfUsage(
    {
      inputTokens,
      cacheReadTokens: read,
      cacheWriteTokens: written,
      cacheWrite1hTokens: terms.isKeptLong ? written : 0,
      outputTokens: 0,
      reasoningTokens: undefined,
    },
    terms.price,
  );
  return {
    ...course,
    tokens: course.tokens + inputTokens,
    keptTokens: course.keptTokens + kept,
    comparedTokens: course.comparedTokens + (before === undefined ? 0 : terms.hidden + before.tokens),
    bustCalls: course.bustCalls + (before !== undefined && shared < before.parts.length ? 1 : 0),
    cost: addCosts(course.cost, cost),
  };
}

/** Into what a request is compiled. */
export interface CompileTerms {
  readonly maxInputTokens: number;
  /** Tokens of the budget that are taken already. */
  readonly hidden: number;
  /** The conversation that it is a call of: one that has a name goes on, and its history is frozen, not chosen anew. */
  readonly sessionId: string;
}

/** What a request would have been, compiled; `undefined`: what must be kept does not fit. */
export async function compiledPrompt(
  compiler: Pick<PromptCompiler, "compile">,
  request: WireBody,
  { maxInputTokens, hidden, sessionId }: CompileTerms,
  tokenizer: Tokenizer,
): Promise<Prompt | undefined> {
  if (maxInputTokens <= hidden) return undefined;
  try {
    const asked = request as unknown as ChatRequest;
    const compiled = await compiler.compile(asked, { sessionId, maxInputTokens: maxInputTokens - hidden });
    return readPrompt(compiled.request as unknown as WireBody, tokenizer);
  } catch (error) {
    if (isPromptCompilerError(error) && error.code === "PC_CONTEXT_TOO_LARGE") return undefined;
    throw error;
  }
}
