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
 * A prompt is cached up to the first message that differs from the call before; tools take 3,000 tokens before all.
 */
import { countMessage } from "../../../src/core/message-tokens.ts";
import type { Tokenizer } from "../../../src/tokenizer.ts";
import { codecFor } from "../../../src/wires/index.ts";
import type { WireMessage } from "../../../src/wires/wire.ts";
import type { Message, Session } from "./sessions.ts";

/** Gives the messages that are sent in place of those of a call. One a session. */
export type Policy = (messages: readonly Message[]) => Promise<readonly Message[]>;

/** Fractions, but for counts. */
export interface TraceFigures {
  readonly calls: number;
  readonly historyRemoved: number;
  readonly prefixKept: number;
  readonly callsThatBust: number;
  readonly costIndex: number;
  readonly costIndexWithoutWriteFee: number;
  readonly argumentsKept: number;
  readonly farArgumentsKept: number;
  readonly farArguments: number;
  readonly callsWithBrokenPairs: number;
  readonly refused: number;
}

const TOOL_TOKENS = 3000;
const FAR = 6;

export async function measureTraces(
  sessions: readonly Session[],
  policyFor: (session: Session) => Policy,
  tokenizer: Tokenizer,
): Promise<TraceFigures> {
  const sums = {
    calls: 0,
    history: 0,
    wholeHistory: 0,
    later: 0,
    prefix: 0,
    busts: 0,
    arguments: 0,
    argumentsKept: 0,
    far: 0,
    farKept: 0,
    broken: 0,
    refused: 0,
  };
  const costs = [1.25, 1].map((write) => ({ write, ours: 0, whole: 0 }));
  const { messages: read } = codecFor("chat");
  const counted = new Map<string, number>();
  const tokensOf = (message: WireMessage, key: string): number => {
    const tokens = counted.get(key) ?? countMessage(message, tokenizer);
    counted.set(key, tokens);
    return tokens;
  };
  const toPrompt = (messages: readonly Message[]): Prompt => {
    const keys = messages.map((message) => JSON.stringify(message));
    const said = read({ messages });
    const tokens = said.map((message, index) => tokensOf(message, keys[index] ?? ""));
    return { said, keys, tokens, total: tokens.reduce((sum, each) => sum + each, TOOL_TOKENS) };
  };

  for (const session of sessions) {
    const policy = policyFor(session);
    let before: Prompt | undefined;
    let wholeBefore = 0;
    for (const [at, next] of session.entries()) {
      if (next.role !== "assistant") continue;
      const asked = session.slice(0, at);
      const sent = await policy(asked).catch(() => undefined);
      if (sent === undefined) sums.refused += 1;
      const whole = toPrompt(asked);
      const prompt = sent === undefined ? whole : toPrompt(sent);
      const cached = before === undefined ? 0 : sharedTokens(before, prompt);

      sums.calls += 1;
      const instructions = TOOL_TOKENS + (whole.tokens[0] ?? 0);
      sums.history += prompt.total - instructions;
      sums.wholeHistory += whole.total - instructions;
      if (before !== undefined) {
        sums.later += 1;
        sums.prefix += cached / before.total;
        if (cached < before.total) sums.busts += 1;
      }
      for (const cost of costs) {
        cost.ours += 0.1 * cached + cost.write * (prompt.total - cached);
        cost.whole += 0.1 * wholeBefore + cost.write * (whole.total - wholeBefore);
      }
      if (brokenPairs(prompt.said) > brokenPairs(whole.said)) sums.broken += 1;
      for (const { isKept, isFar } of groundedArguments(next, whole.said, prompt.said)) {
        sums.arguments += 1;
        if (isKept) sums.argumentsKept += 1;
        if (isFar) sums.far += 1;
        if (isFar && isKept) sums.farKept += 1;
      }
      before = prompt;
      wholeBefore = whole.total;
    }
  }
  const [withFee, withoutFee] = costs.map(({ ours, whole }) => ours / whole);
  return {
    calls: sums.calls,
    historyRemoved: 1 - sums.history / sums.wholeHistory,
    prefixKept: sums.prefix / sums.later,
    callsThatBust: sums.busts / sums.later,
    costIndex: withFee ?? Number.NaN,
    costIndexWithoutWriteFee: withoutFee ?? Number.NaN,
    argumentsKept: sums.argumentsKept / sums.arguments,
    farArgumentsKept: sums.farKept / sums.far,
    farArguments: sums.far,
    callsWithBrokenPairs: sums.broken / sums.calls,
    refused: sums.refused,
  };
}

interface Prompt {
  readonly said: readonly WireMessage[];
  readonly keys: readonly string[];
  readonly tokens: readonly number[];
  readonly total: number;
}

function sharedTokens(before: Prompt, prompt: Prompt): number {
  let tokens = TOOL_TOKENS;
  for (const [index, key] of before.keys.entries()) {
    if (prompt.keys[index] !== key) break;
    tokens += before.tokens[index] ?? 0;
  }
  return tokens;
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

function* groundedArguments(
  { tool_calls = [] }: Message,
  whole: readonly WireMessage[],
  sent: readonly WireMessage[],
): Iterable<{ readonly isKept: boolean; readonly isFar: boolean }> {
  for (const call of tool_calls) {
    for (const value of leaves(parsed(call.function.arguments))) {
      const last = whole.findLastIndex((message) => says(message, value));
      if (last === -1) continue;
      yield {
        isKept: sent.some((message) => says(message, value)),
        isFar: whole.length - last > FAR,
      };
    }
  }
}

function says({ text, toolCalls }: WireMessage, value: string): boolean {
  return text.includes(value) || toolCalls.some(({ input }) => input.includes(value));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Texts and numbers of two characters and more: shorter ones stand everywhere. */
function* leaves(value: unknown): Iterable<string> {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) yield* leaves(member);
  } else if ((typeof value === "string" || typeof value === "number") && String(value).length > 1) {
    yield String(value);
  }
}
