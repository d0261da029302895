/**
 * Messages into segments: what stays or goes together.
 *
 *     system │ user │ assistant calls a, b · tool a · tool b │ assistant │ user …
 *       m0      m1                  m2-4                         m5        m6
 *
 * A segment reaches from a tool call to the last of its results, with whatever stands in between. Pinned are the
 * system messages, the running turn, and what is broken already (a call without its result, a result without its
 * call) with its neighbour: whatever a vendor makes of it, it gets it as the caller sent it.
 */

import { isInjected } from "../../shared-block.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import type { WireMessage } from "../../wires/wire.ts";
import { countMessage } from "../message-tokens.ts";
import { latestUserMessage } from "../running-turn.ts";
import { RUNNING_TURN, type Segment } from "../segment.ts";

export function parse(messages: readonly WireMessage[], tokenizer: Tokenizer): readonly Segment[] {
  const { lastResult, broken } = findExchanges(messages);
  const pins = findPins(messages, broken);

  const segments: Segment[] = [];
  for (let first = 0; first < messages.length; ) {
    let last = first;
    for (let index = first; index <= last; index++) last = Math.max(last, lastResult[index] ?? index);
    segments.push(toSegment(messages, first, last, pins, tokenizer));
    first = last + 1;
  }
  return segments;
}

interface Exchanges {
  /** For each message: the last one that answers a tool call of it, else itself. */
  readonly lastResult: readonly number[];
  /** Index of a message whose call or result has no counterpart, and of the neighbour it is pinned with. */
  readonly broken: ReadonlyMap<number, number>;
}

/** A result answers the latest call of its id before it: some clients use the same ids in every turn. */
function findExchanges(messages: readonly WireMessage[]): Exchanges {
  const lastResult = messages.map((_, index) => index);
  const broken = new Map<number, number>();
  const callers = new Map<string, number>();
  const unanswered = new Map<number, Set<string>>();

  for (const [index, message] of messages.entries()) {
    const answers = message.toolResultsFor.map((id) => ({ id, caller: callers.get(id) }));
    for (const { id, caller } of answers) {
      if (caller === undefined) continue;
      lastResult[caller] = index;
      unanswered.get(caller)?.delete(id);
    }
    const isOrphan = message.role === "tool" && !answers.some(({ caller }) => caller !== undefined);
    if (isOrphan) broken.set(index, index - 1);
    if (message.toolCalls.length === 0) continue;
    unanswered.set(index, new Set(message.toolCalls.map(({ id }) => id)));
    for (const { id } of message.toolCalls) callers.set(id, index);
  }
  for (const [index, ids] of unanswered) if (ids.size > 0) broken.set(index, index + 1);
  return { lastResult, broken };
}

/** For each message: why it is pinned. */
function findPins(
  messages: readonly WireMessage[],
  broken: ReadonlyMap<number, number>,
): readonly (string | undefined)[] {
  const turnStart = latestUserMessage(messages) ?? messages.length - 1;
  const pins: (string | undefined)[] = messages.map(({ role }, index) => {
    if (role === "system") return "instructions";
    return index >= turnStart ? RUNNING_TURN : undefined;
  });
  for (const [index, neighbour] of broken) {
    pins[index] ??= "incomplete tool exchange";
    if (neighbour >= 0 && neighbour < pins.length) pins[neighbour] ??= "beside an incomplete tool exchange";
  }
  return pins;
}

function toSegment(
  messages: readonly WireMessage[],
  first: number,
  last: number,
  pins: readonly (string | undefined)[],
  tokenizer: Tokenizer,
): Segment {
  const members = messages.slice(first, last + 1);
  const pinned = pins.slice(first, last + 1).find((pin) => pin !== undefined);
  return {
    id: first === last ? `m${first}` : `m${first}-${last}`,
    role: roleOf(members),
    messages: members.map((_, offset) => first + offset),
    text: members.map(textOf).join("\n"),
    tokens: members.reduce((sum, message) => sum + countMessage(message, tokenizer), 0),
    pinned,
    action: "kept",
    reason: pinned ?? "no budget",
    // Each field is there from the beginning: objects of one shape are copied and read several times as fast.
    tokensBefore: undefined,
    emitted: undefined,
    rewritten: undefined,
    lost: undefined,
    score: undefined,
    handle: undefined,
    sources: undefined,
  };
}

function roleOf(members: readonly WireMessage[]): Segment["role"] {
  const [first] = members;
  if (first === undefined || members.length > 1) return "tool";
  return first.role === "user" && isInjected(first.text) ? "shared" : first.role;
}

function textOf({ text, toolCalls }: WireMessage): string {
  if (toolCalls.length === 0) return text;
  const calls = toolCalls.map(({ name, input }) => `${name} ${input}`);
  return [text, ...calls].filter((part) => part !== "").join("\n");
}
