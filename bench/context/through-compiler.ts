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

const NOW = Date.UTC(2026, 0, 1);
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
  /** Whether all of a unit's sentences are in it, and its item among the sources. */
  holds(unit: Unit): boolean;
}

/** A compiler that knows a corpus. To be closed. */
export interface Store {
  readonly compiler: PromptCompiler;
  /** By unit, the id of its item. What is said again in the same words is one item: only the first time counts. */
  readonly itemIds: ReadonlyMap<Unit, string>;
}

export async function storeOf(corpus: Corpus): Promise<Store> {
  const compiler = createPromptCompiler({
    clock: { now: () => NOW, sleep: async () => undefined },
  });
  const itemIds = new Map<Unit, string>();
  const known = new Set<string>();
  for (const { units, entry, agentId, sessionId } of itemsOf(corpus)) {
    // Some turns of a transcript are silence.
    if (entry.content.trim() === "") continue;
    const { id } = await compiler.contexts.add(entry, { agentId, sessionId, group: GROUP, share: "write" });
    if (!known.has(id)) for (const unit of units) itemIds.set(unit, id);
    known.add(id);
  }
  return { compiler, itemIds };
}

function itemsOf({ kind, units }: Corpus) {
  if (kind === "dialogue") {
    // A moment each, so that "Yes." said twice is said twice.
    return units.map((unit, index) => ({
      units: [unit],
      entry: { content: unit.text, occurredAt: (unit.date ?? NOW) + index },
      agentId: unit.speaker ?? "speaker",
      sessionId: unit.group,
    }));
  }
  const documents = groupBy(units, ({ group }) => group);
  return [...documents.values()].map((sentences) => ({
    units: sentences,
    entry: { content: sentences.map(({ text }) => text).join(""), title: sentences[0]?.title },
    agentId: "archive",
    sessionId: undefined,
  }));
}

/** A request that asks a question and nothing else. */
export async function ask(
  { compiler, itemIds }: Store,
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
  const sources = new Set(report.segments.flatMap((segment) => segment.sources?.map(({ id }) => id) ?? []));
  const text = told.map(onOneLine).join("\n");
  return {
    tokens: report.tokensAfter,
    markupTokens:
      block === ""
        ? 0
        : report.tokensAfter - report.tokensBefore - told.reduce((sum, each) => sum + count(each), 0),
    ms,
    holds(unit) {
      const id = itemIds.get(unit);
      if (id === undefined || !sources.has(id)) return false;
      return splitSentences(unit.text).every((sentence) => text.includes(onOneLine(sentence)));
    },
  };
}
