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

/** What is measured of one session: fractions, one for each thing they are told of. */
export interface SessionFigures {
  /** Tokens of the history in a call, the mean. */
  readonly historyTokens: number;
  /** What is removed, and what it costs in hundredths, over sending everything: of all calls together. */
  readonly history: Sum;
  readonly cost: Sum;
  readonly costWithoutWriteFee: Sum;
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

const TOOL_TOKENS = 3000;
const FAR = 6;
const READ = 0.1;

export async function measureSession(
  session: Session,
  policy: Policy,
  tokenizer: Tokenizer,
): Promise<SessionFigures> {
  const tokens = { history: 0, whole: 0 };
  const withFee = new Cost(1.25);
  const withoutFee = new Cost(1);
  const prefixKept: number[] = [];
  const argumentsKept: number[] = [];
  const farArgumentsKept: number[] = [];
  const broken: number[] = [];
  const refused: number[] = [];
  const toPrompt = promptReader(tokenizer);

  let before: Prompt | undefined;
  let wholeBefore = 0;
  for (const [at, next] of session.entries()) {
    if (next.role !== "assistant") continue;
    const asked = session.slice(0, at);
    const whole = toPrompt(asked);
    const sent = await policy(asked).catch(() => undefined);
    const prompt = sent === undefined ? whole : toPrompt(sent);
    const cached = before === undefined ? 0 : sharedTokens(before, prompt);

    const instructions = TOOL_TOKENS + (whole.tokens[0] ?? 0);
    tokens.history += prompt.total - instructions;
    tokens.whole += whole.total - instructions;
    if (before !== undefined) prefixKept.push(cached / before.total);
    for (const cost of [withFee, withoutFee]) {
      cost.ours += cost.of(cached, prompt.total);
      cost.whole += cost.of(wholeBefore, whole.total);
    }
    broken.push(brokenPairs(prompt.said) > brokenPairs(whole.said) ? 1 : 0);
    refused.push(sent === undefined ? 1 : 0);
    for (const { isKept, isFar } of groundedArguments(next, whole.said, prompt.said)) {
      argumentsKept.push(isKept ? 1 : 0);
      if (isFar) farArgumentsKept.push(isKept ? 1 : 0);
    }
    before = prompt;
    wholeBefore = whole.total;
  }
  return {
    historyTokens: tokens.history / broken.length,
    history: { part: tokens.whole - tokens.history, whole: tokens.whole },
    cost: { part: 100 * withFee.ours, whole: withFee.whole },
    costWithoutWriteFee: { part: 100 * withoutFee.ours, whole: withoutFee.whole },
    prefixKept,
    argumentsKept,
    farArgumentsKept,
    broken,
    refused,
  };
}

/** What a session costs, in plain input tokens. */
class Cost {
  ours = 0;
  whole = 0;
  readonly #write: number;

  constructor(write: number) {
    this.#write = write;
  }

  of(cached: number, total: number): number {
    return READ * cached + this.#write * (total - cached);
  }
}

function promptReader(tokenizer: Tokenizer): (messages: readonly Message[]) => Prompt {
  const codec = codecFor("chat");
  const counted = new Map<string, number>();
  return (messages) => {
    const keys = messages.map((message) => JSON.stringify(message));
    const said = codec.messages({ messages });
    const tokens = said.map((message, index) => {
      const key = keys[index] ?? "";
      const known = counted.get(key) ?? countMessage(message, tokenizer);
      counted.set(key, known);
      return known;
    });
    return { said, keys, tokens, total: tokens.reduce((sum, each) => sum + each, TOOL_TOKENS) };
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
