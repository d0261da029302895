/**
 * Evidence recall: how much of the evidence for a question is in a request that may have a share of the tokens.
 *
 * The whole is a request with every unit as plain text and the question; the budget is a share of it. The plain methods
 * have what the question leaves of it for units; ours has all of its request in it.
 */

import { loadTokenizer } from "../../src/core/index.ts";
import { groupBy } from "./group-by.ts";
import { methods, plainText } from "./methods.ts";
import type { Corpus, Question } from "./question.ts";
import { meanRow, medianRow, type Row } from "./row.ts";
import type { BenchContext } from "./set.ts";
import { ask, storeOf } from "./through-compiler.ts";

export const OURS = "prompt-compiler";

/** A request around a question: a message's framing, and that of the reply. */
const FRAMING_TOKENS = 4 + 3;

/** The rows of one file. */
export async function evidenceRows(
  set: string,
  all: readonly Question[],
  budgets: readonly number[],
  { every, onRow }: BenchContext,
): Promise<readonly Row[]> {
  const { count } = await loadTokenizer("gpt-5-mini");
  const questions = all.filter((_, index) => index % every === 0);
  const rows: Row[] = [];
  const addRow = (row: Row): void => {
    rows.push(row);
    onRow(row);
  };
  const recalls = new Map<string, number[]>();
  const markup = new Map<number, number[]>();
  const used = new Map<number, number[]>();
  const timings: number[] = [];
  const note = <Key>(values: Map<Key, number[]>, key: Key, value: number): void => {
    values.set(key, [...(values.get(key) ?? []), value]);
  };

  for (const [corpus, asked] of groupBy(questions, (question) => question.corpus)) {
    const whole = tokensOf(corpus, count);
    const store = await storeOf(corpus);
    for (const { text, evidence } of asked) {
      const questionTokens = count(text) + FRAMING_TOKENS;
      for (const budget of budgets) {
        const maxTokens = Math.floor(budget * (whole + questionTokens));
        for (const [name, method] of Object.entries(methods)) {
          const kept = new Set(await method(text, corpus, maxTokens - questionTokens, count));
          note(
            recalls,
            `${budget} ${name}`,
            evidence.filter((index) => kept.has(index)).length / evidence.length,
          );
        }
        // A budget that does not even hold the question has room for no evidence.
        const emitted = maxTokens < questionTokens ? undefined : await ask(store, text, maxTokens, count);
        const found = evidence.filter((index) => {
          const unit = corpus.units[index];
          return unit !== undefined && emitted?.holds(unit) === true;
        });
        note(recalls, `${budget} ${OURS}`, found.length / evidence.length);
        note(markup, budget, (emitted?.markupTokens ?? 0) / (emitted?.tokens ?? 1));
        if (emitted === undefined) continue;
        note(used, budget, emitted.tokens / maxTokens);
        timings.push(emitted.ms);
      }
    }
    await store.compiler.close();
  }
  for (const budget of budgets) {
    for (const method of [...Object.keys(methods), OURS]) {
      addRow(
        meanRow(
          { set, measure: "evidence recall", budget, method },
          recalls.get(`${budget} ${method}`) ?? [],
        ),
      );
    }
    addRow(meanRow({ set, measure: "markup share", budget, method: OURS }, markup.get(budget) ?? []));
    addRow(meanRow({ set, measure: "budget used share", budget, method: OURS }, used.get(budget) ?? []));
  }
  addRow(medianRow({ set, measure: "milliseconds a question", budget: null, method: OURS }, timings));
  return rows;
}

function tokensOf({ units }: Corpus, count: (text: string) => number): number {
  return units.reduce((sum, unit) => sum + count(plainText(unit)), 0);
}
