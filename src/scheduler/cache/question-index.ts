import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import type { AnswerFacts } from "./cached-answer.ts";
import type { Question } from "./question.ts";
import { isSameQuestion } from "./same-question.ts";

interface Entry extends Question {
  readonly answer: AnswerFacts;
  readonly answeredAt: number;
}

export interface IndexLimits {
  readonly floor: number;
  readonly ttlMs: number;
  readonly maxBytes: number;
}

/** Questions of one scope that are compared, the latest: more would make each call pay for all that came before. */
export const MOST_OF_A_SCOPE = 256;

/** What every entry takes besides its vector and its words, in bytes. */
const ENTRY_BYTES = 1_024;

/**
 * The most alike must lead by this over whatever asks something else: where another question comes that close, likeness
 * says too little.
 */
const MARGIN = 0.02;

/**
 * Answered questions in memory, bounded by bytes; the one that helped longest ago goes first. A lookup compares with at
 * most 256 questions of its scope: some tens of microseconds.
 */
export class QuestionIndex {
  readonly #limits: IndexLimits;
  readonly #clock: Clock;
  /** Scope → the key of an answer → its question. */
  readonly #scopes = new Map<string, Map<string, Entry>>();
  readonly #entries: LRUCache<Entry, true>;

  constructor(limits: IndexLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#entries = new LRUCache({
      maxSize: Math.ceil(limits.maxBytes),
      sizeCalculation: (_value, { vector, facts }) =>
        ENTRY_BYTES + vector.byteLength + 2 * facts.content.length,
      dispose: (_value, entry) => this.#unlink(entry),
    });
  }

  /**
   * Whose answer answers the same question in other words.
   *
   * @param isGood - whether the caller takes an answer of that time
   */
  find(question: Question, isGood: (answeredAt: number) => boolean): AnswerFacts | undefined {
    let best: Entry | undefined;
    let likeness = 0;
    let likenessOfOthers = 0;
    for (const entry of [...(this.#scopes.get(question.scope)?.values() ?? [])]) {
      if (this.#clock.now() >= entry.answeredAt + this.#limits.ttlMs) this.#entries.delete(entry);
      const similarity = dot(question.vector, entry.vector);
      if (similarity < this.#limits.floor - MARGIN) continue;
      if (!isSameQuestion(question.facts, entry.facts)) {
        likenessOfOthers = Math.max(likenessOfOthers, similarity);
      } else if (similarity >= likeness && this.#entries.has(entry) && isGood(entry.answeredAt)) {
        best = entry;
        likeness = similarity;
      }
    }
    if (best === undefined || likeness < this.#limits.floor) return undefined;
    if (likeness < Math.min(1, likenessOfOthers + MARGIN)) return undefined;
    this.#entries.get(best);
    return best.answer;
  }

  /** Notes whose answer answers this; nothing where that is known. */
  add(question: Question, answer: AnswerFacts, answeredAt: number): void {
    const ofScope = this.#scopes.get(question.scope) ?? new Map<string, Entry>();
    if (ofScope.has(answer.key)) return;
    const entry: Entry = { ...question, answer, answeredAt };
    this.#scopes.set(question.scope, ofScope.set(answer.key, entry));
    this.#entries.set(entry, true);
    const [oldest] = ofScope.values();
    if (ofScope.size > MOST_OF_A_SCOPE && oldest !== undefined) this.#entries.delete(oldest);
    // One that is too large for the whole index is not taken, and `dispose` does not hear of it.
    if (!this.#entries.has(entry)) this.#unlink(entry);
  }

  /** Forgets the questions of a scope. */
  drop(scope: string): void {
    for (const entry of [...(this.#scopes.get(scope)?.values() ?? [])]) this.#entries.delete(entry);
  }

  /** Forgets the questions whose answers match. */
  clear(tenant: string | undefined, matches: (facts: AnswerFacts) => boolean): void {
    for (const entry of [...this.#entries.keys()]) {
      const isOfTenant = tenant === undefined || entry.answer.tenant === tenant;
      if (isOfTenant && matches(entry.answer)) this.#entries.delete(entry);
    }
  }

  #unlink({ scope, answer }: Entry): void {
    const ofScope = this.#scopes.get(scope);
    ofScope?.delete(answer.key);
    if (ofScope?.size === 0) this.#scopes.delete(scope);
  }
}

/** The cosine of two vectors of norm 1; 0 where their lengths differ. */
function dot(left: Float32Array, right: Float32Array): number {
  if (left.length !== right.length) return 0;
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] ?? 0) * (right[index] ?? 0);
  return sum;
}
