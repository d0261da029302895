/**
 * Our method, through the public entry: units are added to a compiler's shared context, and a request that is only the
 * question is compiled with a token budget.
 *
 *     a dialogue    a turn is an item of its speaker, said in its session at its date
 *     documents     one item a document, with its title
 *
 * All of the emitted request counts: the question, the block, its markup.
 */

import { createPromptCompiler, type PromptCompiler } from "../../src/index.ts";
import { onOneLine, splitSentences } from "../../src/sentences.ts";
import { isInjected, readSharedBlock } from "../../src/shared-block.ts";
import { groupBy } from "./group-by.ts";
import type { Count } from "./methods.ts";
import type { Corpus, Unit } from "./question.ts";

const GROUP = "bench";
const MODEL = "gpt-5-mini";

/** What came of one request. */
export interface Emitted {
  /** Tokens of all of it. */
  readonly tokens: number;
  /** Of these, what is neither the question nor the words of a unit. */
  readonly markupTokens: number;
  /** Milliseconds the compile took. */
  readonly ms: number;
  /** Whether all of a unit's sentences are in it. */
  holds(unit: Unit): boolean;
}

/** A compiler that knows a corpus. To be closed. */
export async function compilerOf(corpus: Corpus): Promise<PromptCompiler> {
  const compiler = createPromptCompiler({
    clock: { now: () => Date.UTC(2026, 0, 1), sleep: async () => undefined },
  });
  for (const { entry, agentId, sessionId } of itemsOf(corpus)) {
    // Some turns of a transcript are silence.
    if (entry.content.trim() === "") continue;
    await compiler.contexts.add(entry, { agentId, sessionId, group: GROUP, share: "write" });
  }
  return compiler;
}

function itemsOf({ kind, units }: Corpus) {
  if (kind === "dialogue") {
    return units.map(({ text, speaker = "speaker", group, date }) => ({
      entry: { content: text, occurredAt: date },
      agentId: speaker,
      sessionId: group,
    }));
  }
  const documents = groupBy(units, ({ group }) => group);
  return [...documents.values()].map((sentences) => ({
    entry: { content: sentences.map(({ text }) => text).join(""), title: sentences[0]?.title },
    agentId: "archive",
    sessionId: undefined,
  }));
}

/** A request that asks a question and nothing else. */
export async function ask(
  compiler: PromptCompiler,
  question: string,
  maxInputTokens: number,
  count: Count,
): Promise<Emitted> {
  const call = { agentId: "reader", group: GROUP, share: "read", maxInputTokens } as const;
  const startedAt = performance.now();
  const { request, report } = await compiler.compile(
    { model: MODEL, messages: [{ role: "user", content: question }] },
    call,
  );
  const ms = performance.now() - startedAt;
  const block = request.messages.map(({ content }) => String(content)).find(isInjected) ?? "";
  const told = readSharedBlock(block);
  const text = told.map(onOneLine).join("\n");
  return {
    tokens: report.tokensAfter,
    markupTokens:
      block === ""
        ? 0
        : report.tokensAfter - report.tokensBefore - told.reduce((sum, each) => sum + count(each), 0),
    ms,
    holds: (unit) => splitSentences(unit.text).every((sentence) => text.includes(onOneLine(sentence))),
  };
}
