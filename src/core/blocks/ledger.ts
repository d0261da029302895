/**
 * What is left of messages when they are frozen into a block: a line for each thing, in their order.
 *
 *     user: My user ID is mia_kim_4397, and the reservation ID is H9ZU1C.
 *     called get_reservation_details reservation_id H9ZU1C
 *     tool: origin MIA; flight_number HAT192, HAT166; date 2024-05-24
 *     assistant: $106
 *
 * First what the user said, in key sentences, and the tool calls: what was wanted and what was done; the latest first,
 * so that the beginning gives way where the allowance does not hold all. Then values by their exact spelling: those that
 * name one thing before words and numbers, those that more messages mention before others, and of equals the latest.
 * What stands in the block already, or in one before it, is not told again.
 *
 * It is a function of the messages and the allowance alone: the same in every process.
 */
import { onOneLine, splitSentences } from "../../sentences.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import type { WireMessage } from "../../wires/wire.ts";
import { distinctness, type Identifier, identifiersOf } from "./identifiers.ts";

/** What a ledger is written with. */
export interface LedgerInput {
  /** Tokens of all lines together. */
  readonly maxTokens: number;
  /** What the blocks before this one say. */
  readonly told: string;
  readonly tokenizer: Tokenizer;
}

/** Share of the allowance for sentences and calls; values, which nothing else can bring back, get what is left. */
const WORDS_SHARE = 0.3;

/** Characters of a user's turn that are quoted whole, and of a longer one's key sentences. */
const LONGEST_TURN = 400;

/** Characters of a call's arguments; what stands behind them can still be among the values. */
const LONGEST_ARGUMENTS = 100;

/** Tokens a line costs before its first value: the role, a colon, the line break. */
const LINE_TOKENS = 3;

/** The lines that stand for `messages`. */
export function writeLedger(messages: readonly WireMessage[], input: LedgerInput): readonly string[] {
  const words = pickWords(messages, input);
  const spent = words.flat().reduce((sum, line) => sum + lineTokens(line, input), 0);
  const told = `${input.told}\n${words.flat().join("\n")}`;
  const values = pickValues(messages, { ...input, told, maxTokens: input.maxTokens - spent });
  return messages.flatMap(({ role }, index) => {
    const found = values.get(index);
    const lines = words[index] ?? [];
    return found === undefined ? lines : [...lines, `${role}: ${toValuesLine(found)}`];
  });
}

/** For each message, its words and calls; empty for what the share does not hold. */
function pickWords(messages: readonly WireMessage[], input: LedgerInput): readonly (readonly string[])[] {
  let left = input.maxTokens * WORDS_SHARE;
  const picked: (readonly string[])[] = messages.map(() => []);
  for (const [age, message] of messages.toReversed().entries()) {
    const lines = toWords(message);
    const tokens = lines.reduce((sum, line) => sum + lineTokens(line, input), 0);
    if (tokens > left) continue;
    left -= tokens;
    picked[messages.length - 1 - age] = lines;
  }
  return picked;
}

function lineTokens(line: string, { tokenizer }: LedgerInput): number {
  return tokenizer.count(line) + 1;
}

function toWords({ role, text, toolCalls }: WireMessage): readonly string[] {
  if (role === "user") return text.trim() === "" ? [] : [`user: ${keySentences(text)}`];
  return toolCalls.map(({ name, input }) => `called ${name} ${cutTo(toArguments(input), LONGEST_ARGUMENTS)}`);
}

/** Arguments as values with their names, where they are JSON. */
function toArguments(input: string): string {
  return input.trimStart().startsWith("{") ? toValuesLine(identifiersOf(input)) : onOneLine(input);
}

/** A turn as it is; of a long one the first and the last sentence, and those that name something. */
function keySentences(text: string): string {
  const sentences = splitSentences(text).map(onOneLine).filter(Boolean);
  const whole = sentences.join(" ");
  if (whole.length <= LONGEST_TURN) return whole;
  const key = sentences.filter(
    (sentence, index) => index === 0 || index === sentences.length - 1 || identifiersOf(sentence).length > 0,
  );
  return cutTo(key.join(" "), LONGEST_TURN);
}

function cutTo(text: string, length: number): string {
  if (text.length <= length) return text;
  // Not between the halves of a surrogate pair.
  return `${text.slice(0, length).replace(/\p{Surrogate}$/u, "")}…`;
}

/** A value, and what speaks for it. */
interface Candidate extends Identifier {
  /** The message it is told with: the first that has it under a name. */
  readonly home: number;
  /** The latest message that has it. */
  readonly latest: number;
  /** Messages that have it. */
  readonly mentions: number;
}

/** Values by message, the most valuable that fit. */
function pickValues(
  messages: readonly WireMessage[],
  { maxTokens, told, tokenizer }: LedgerInput,
): ReadonlyMap<number, readonly Identifier[]> {
  const picked = new Map<number, Candidate[]>();
  const named = new Set<string>();
  let left = maxTokens;
  for (const candidate of candidatesOf(messages)) {
    const { home, name, value } = candidate;
    if (told.includes(value)) continue;
    const line = picked.get(home);
    const group = `${home} ${name}`;
    const tokens =
      tokenizer.count(` ${value},`) +
      (named.has(group) ? 0 : tokenizer.count(` ${name}`)) +
      (line === undefined ? LINE_TOKENS : 0);
    if (tokens > left) continue;
    left -= tokens;
    named.add(group);
    if (line === undefined) picked.set(home, [candidate]);
    else line.push(candidate);
  }
  return picked;
}

/** Mentions beyond these tell nothing more. */
const MOST_MENTIONS = 3;

/** What may be told, the most valuable first. */
function candidatesOf(messages: readonly WireMessage[]): readonly Candidate[] {
  const candidates = new Map<string, Candidate>();
  for (const [index, { text, toolCalls, role }] of messages.entries()) {
    if (role === "system") continue;
    const texts = [text, ...toolCalls.map(({ input }) => input)];
    const values = new Map(texts.flatMap(identifiersOf).map((one) => [one.value, one.name]));
    for (const [value, name] of values) {
      const known = candidates.get(value);
      const isNamed = known !== undefined && (known.name !== "" || name === "");
      candidates.set(value, {
        value,
        name: isNamed ? known.name : name,
        home: isNamed ? known.home : index,
        latest: index,
        mentions: Math.min((known?.mentions ?? 0) + 1, MOST_MENTIONS),
      });
    }
  }
  const worth = ({ value, mentions }: Candidate): number => 2 * distinctness(value) + mentions;
  return [...candidates.values()]
    .filter(({ value, mentions }) => distinctness(value) > 0 || mentions > 1)
    .sort((a, b) => worth(b) - worth(a) || b.latest - a.latest);
}

/** `name value, value; name value`. */
function toValuesLine(values: readonly Identifier[]): string {
  const byName = new Map<string, string[]>();
  for (const { name, value } of values) {
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [onOneLine(value)]);
    else same.push(onOneLine(value));
  }
  return [...byName].map(([name, same]) => `${name} ${same.join(", ")}`.trim()).join("; ");
}
