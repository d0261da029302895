import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import { type AnswerFacts, bytesOf, type CachedAnswer } from "./cached-answer.ts";
import { isSameQuestion, type QuestionFacts } from "./same-question.ts";

/** A question, as it is looked for. */
export interface Question {
  /** Only questions of one scope answer each other. */
  readonly scope: string;
  /** Of Euclidean norm 1. */
  readonly vector: Float32Array;
  readonly facts: QuestionFacts;
}

interface Entry extends Question {
  readonly answer: CachedAnswer;
}

export interface IndexLimits {
  readonly floor: number;
  readonly ttlMs: number;
  readonly maxBytes: number;
}

/** Questions of one scope that are compared, the latest: more would make each call pay for all that came before. */
const MOST_OF_A_SCOPE = 256;

/** An answer may take an eighth of the memory. */
const LARGEST_SHARE = 8;

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
  readonly #scopes = new Map<string, Set<Entry>>();
  readonly #entries: LRUCache<Entry, true>;
  /** The longest answer that is worth writing down, in bytes. */
  readonly maxAnswerBytes: number;
  /** Counts clearings: an answer is kept only if none came since its call began. */
  clearings = 0;

  constructor(limits: IndexLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.maxAnswerBytes = Math.floor(limits.maxBytes / LARGEST_SHARE);
    this.#entries = new LRUCache({
      maxSize: Math.ceil(limits.maxBytes),
      sizeCalculation: (_value, { vector, answer, facts }) =>
        vector.byteLength + 2 * facts.content.length + bytesOf(answer),
      dispose: (_value, entry) => this.#unlink(entry),
    });
  }

  /** The answer to the same question in other words. @param isGood - whether the caller takes it */
  find(question: Question, isGood: (answer: CachedAnswer) => boolean): CachedAnswer | undefined {
    let best: Entry | undefined;
    let likeness = 0;
    let likenessOfOthers = 0;
    for (const entry of [...(this.#scopes.get(question.scope) ?? [])]) {
      if (this.#clock.now() >= entry.answer.storedAt + this.#limits.ttlMs) this.#entries.delete(entry);
      const similarity = dot(question.vector, entry.vector);
      if (similarity < this.#limits.floor - MARGIN) continue;
      if (!isSameQuestion(question.facts, entry.facts)) {
        likenessOfOthers = Math.max(likenessOfOthers, similarity);
      } else if (similarity >= likeness && this.#entries.has(entry) && isGood(entry.answer)) {
        best = entry;
        likeness = similarity;
      }
    }
    if (best === undefined || likeness < this.#limits.floor) return undefined;
    if (likeness < Math.min(1, likenessOfOthers + MARGIN)) return undefined;
    this.#entries.get(best);
    return best.answer;
  }

  /** Keeps an answer. */
  add(question: Question, answer: CachedAnswer): void {
    const entry: Entry = { ...question, answer };
    const ofScope = this.#scopes.get(question.scope) ?? new Set();
    this.#scopes.set(question.scope, ofScope.add(entry));
    this.#entries.set(entry, true);
    const [oldest] = ofScope;
    if (ofScope.size > MOST_OF_A_SCOPE && oldest !== undefined) this.#entries.delete(oldest);
    // One that is too large for the whole index is not taken, and `dispose` does not hear of it.
    if (!this.#entries.has(entry)) this.#unlink(entry);
  }

  /** Throws out what matches. @returns how many */
  clear(tenant: string | undefined, matches: (facts: AnswerFacts) => boolean): number {
    this.clearings += 1;
    let cleared = 0;
    for (const entry of [...this.#entries.keys()]) {
      const { facts } = entry.answer;
      if ((tenant !== undefined && facts.tenant !== tenant) || !matches(facts)) continue;
      this.#entries.delete(entry);
      cleared += 1;
    }
    return cleared;
  }

  #unlink(entry: Entry): void {
    const ofScope = this.#scopes.get(entry.scope);
    ofScope?.delete(entry);
    if (ofScope?.size === 0) this.#scopes.delete(entry.scope);
  }
}

/** The cosine of two vectors of norm 1; 0 where their lengths differ. */
function dot(left: Float32Array, right: Float32Array): number {
  if (left.length !== right.length) return 0;
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] ?? 0) * (right[index] ?? 0);
  return sum;
}
