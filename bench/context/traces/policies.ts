/** What is done to the messages of a call, plainest first. `tokens` is what a policy keeps of the history. */

import {
  AIMessage,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  trimMessages,
} from "@langchain/core/messages";
import { countMessage } from "../../../src/core/message-tokens.ts";
import { parse } from "../../../src/core/passes/parse.ts";
import { bm25, countTerms } from "../../../src/core/retrieval/bm25.ts";
import { words } from "../../../src/core/retrieval/terms.ts";
import type { Segment } from "../../../src/core/segment.ts";
import { createPromptCompiler } from "../../../src/index.ts";

import type { Tokenizer } from "../../../src/tokenizer.ts";
import { codecFor } from "../../../src/wires/index.ts";
import type { Policy } from "./measure.ts";
import type { Message, Session } from "./sessions.ts";

export const everything = (): Policy => async (messages) => messages;

/** The latest messages, tool calls parted from their results or not. */
export function recentWindow(tokens: number, tokenizer: Tokenizer): Policy {
  return async ([system, ...history]) => {
    const kept: Message[] = [];
    let left = tokens;
    for (const message of history.toReversed()) {
      left -= tokensOf(message, tokenizer);
      if (left < 0 && kept.length > 0) break;
      kept.unshift(message);
    }
    return system === undefined ? kept : [system, ...kept];
  };
}

/** What LangChain's `trimMessages` keeps, the system prompt among it: the latest messages, with `strategy: "last"`. */
export function trimmed(tokens: number, tokenizer: Tokenizer): Policy {
  return async (messages) => {
    const costs = messages.map((message) => tokensOf(message, tokenizer));
    const kept = await trimMessages(messages.map(toLangChain), {
      maxTokens: tokens + (costs[0] ?? 0),
      strategy: "last",
      includeSystem: true,
      tokenCounter: (some) => some.reduce((sum, { id }) => sum + (costs[Number(id)] ?? 0), 0),
    });
    return kept.flatMap(({ id }) => messages[Number(id)] ?? []);
  };
}

/** With its place as its id. */
function toLangChain(
  { role, content, tool_calls = [], tool_call_id = "" }: Message,
  index: number,
): BaseMessage {
  const said = { id: String(index), content: content ?? "" };
  if (role === "system") return new SystemMessage(said);
  if (role === "user") return new HumanMessage(said);
  if (role === "tool") return new ToolMessage({ ...said, tool_call_id });
  const calls = tool_calls.map(({ id, function: { name } }) => ({ id, name, args: {} }));
  return new AIMessage({ ...said, tool_calls: calls });
}

/** The latest groups: a tool call and its results go together. */
export function recentGroups(tokens: number, tokenizer: Tokenizer): Policy {
  return selection(tokens, tokenizer, (segments) => segments.map((_, index) => index));
}

/** The groups that match the latest user message best, chosen for every call. */
export function bestGroups(tokens: number, tokenizer: Tokenizer): Policy {
  return selection(tokens, tokenizer, (segments, query) => {
    const counts = segments.map(({ text }) => countTerms(words(text)));
    return bm25(new Set(words(query)), counts).map(({ score }) => score);
  });
}

function selection(
  tokens: number,
  tokenizer: Tokenizer,
  scoresOf: (segments: readonly Segment[], query: string) => readonly number[],
): Policy {
  return async (messages) => {
    const segments = parse(codecFor("chat").messages({ messages }), tokenizer);
    const query = messages.findLast(({ role }) => role === "user")?.content ?? "";
    const scores = scoresOf(segments, query);
    const kept = new Set(segments.filter(({ pinned }) => pinned !== undefined));
    let left = tokens;
    for (const { role, tokens: cost } of kept) if (role !== "system") left -= cost;
    const order = segments
      .map((segment, index) => ({ segment, score: scores[index] ?? 0, index }))
      .sort((a, b) => b.score - a.score || b.index - a.index);
    for (const { segment } of order) {
      if (kept.has(segment) || segment.tokens > left) continue;
      kept.add(segment);
      left -= segment.tokens;
    }
    return segments
      .filter((segment) => kept.has(segment))
      .flatMap((segment) => segment.messages.flatMap((index) => messages[index] ?? []));
  };
}

/** All results of tools but the latest three give way to a remark. */
export function clearedResults(): Policy {
  return async (messages) => {
    const results = messages.flatMap(({ role }, index) => (role === "tool" ? [index] : []));
    const cleared = new Set(results.slice(0, -3));
    return messages.map((message, index) =>
      cleared.has(index) ? { ...message, content: "[cleared]" } : message,
    );
  };
}

/** This library, by its public `compile`: what a call with this budget would send. */
export function compiled(session: Session, maxInputTokens: number): Policy {
  const compiler = createPromptCompiler({ deployments: [] });
  const sessionId = `session of ${session.length} messages`;
  return async (messages) => {
    const request = { model: "gpt-5-mini", messages };
    const { request: sent } = await compiler.compile(request as never, { sessionId, maxInputTokens });
    return sent.messages as never;
  };
}

function tokensOf(message: Message, tokenizer: Tokenizer): number {
  return codecFor("chat")
    .messages({ messages: [message] })
    .reduce((sum, each) => sum + countMessage(each, tokenizer), 0);
}
