/**
 * Answers that are found by the likeness of their questions: an index of questions in memory, and answers in a store like
 * any other (`answer-store.ts`), so that both outlive the process and are shared, cleared and forgotten in the same way.
 *
 *     find ──▶ index ──not there──▶ the scope's latest questions in the storage ──▶ index
 *                └──a question──▶ store: its answer, if it still stands
 *     put  ──▶ index, and store: question and answer in one write
 *
 * An answer lies at the path "scope/time and key", so that a scope's latest are read first; `MOST_OF_A_SCOPE` of them are.
 * They are read once a second at most, by a call that found nothing; what another process has put is found after that.
 * The index only ever names an answer: whether it is given is the store's word. So what is cleared elsewhere is not given,
 * and what the index knows of it goes with the tenant's epoch.
 */
import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import type { Storage } from "../../storage/storage.ts";
import { createAnswerStore, type Epoch, type ScopedAnswerStore } from "./answer-store.ts";
import type { AnswerFacts, CachedAnswer } from "./cached-answer.ts";
import type { Patience } from "./patient-storage.ts";
import { type Question, readWrittenQuestion, writeQuestion } from "./question.ts";
import { MOST_OF_A_SCOPE, QuestionIndex } from "./question-index.ts";

export interface SimilarAnswersOptions {
  readonly floor: number;
  readonly ttlMs: number;
  /** Memory of answers and questions together. */
  readonly maxBytes: number;
  readonly storage: Storage | undefined;
  readonly patience: Patience;
  readonly clock: Clock;
}

/** What of the memory the questions may take. */
const SHARE_OF_QUESTIONS = 1 / 4;

/** How old what is known of a scope in the storage may be. */
const FRESH_MS = 1_000;
const MOST_SCOPES = 10_000;

export class SimilarAnswers {
  readonly #store: ScopedAnswerStore;
  readonly #index: QuestionIndex;
  readonly #clock: Clock;
  /** When each scope was read, and of which epoch that was. */
  readonly #read = new LRUCache<string, { readonly at: number; readonly stored: string }>({
    max: MOST_SCOPES,
  });

  constructor({ floor, ttlMs, maxBytes, storage, patience, clock }: SimilarAnswersOptions) {
    const bytesOfQuestions = maxBytes * SHARE_OF_QUESTIONS;
    this.#clock = clock;
    this.#index = new QuestionIndex({ floor, ttlMs, maxBytes: bytesOfQuestions }, clock);
    this.#store = createAnswerStore({
      kind: "similar",
      maxBytes: maxBytes - bytesOfQuestions,
      ttlMs,
      storage,
      ownsStorage: false,
      patience,
      clock,
    });
  }

  /** The longest answer that is worth writing down, in bytes. */
  get maxAnswerBytes(): number {
    return this.#store.maxAnswerBytes;
  }

  /** How things stand as a call begins; `undefined`: nobody knows, so nothing is to be given or kept. */
  epoch(tenant: string): Promise<Epoch | undefined> {
    return this.#store.epoch(tenant);
  }

  /** The answer to the same question in other words. @param isGood - whether the caller takes one kept at that time */
  async find(
    tenant: string,
    question: Question,
    epoch: Epoch,
    isGood: (answeredAt: number) => boolean,
  ): Promise<CachedAnswer | undefined> {
    const read = this.#read.peek(question.scope);
    if (read !== undefined && read.stored !== epoch.stored) this.#index.drop(question.scope);
    let found = this.#index.find(question, isGood);
    if (found === undefined && (await this.#readScope(tenant, question.scope, epoch))) {
      found = this.#index.find(question, isGood);
    }
    return found && this.#store.get(tenant, found.key, epoch);
  }

  /** Keeps an answer, unless something was cleared since the call's `epoch`. */
  put(question: Question, answer: CachedAnswer, epoch: Epoch): void {
    if (!this.#store.isCurrent(epoch)) return;
    const { storedAt, facts } = answer;
    const inOrder = storedAt.toString(36).padStart(9, "0");
    const placed: AnswerFacts = { ...facts, key: `${question.scope}/${inOrder}${facts.key}` };
    this.#index.add(question, placed, storedAt);
    this.#store.put({ ...answer, facts: placed }, epoch, writeQuestion(question, storedAt));
  }

  /** Throws out what matches, as the store does. */
  clear(tenant: string | undefined, matches: (facts: AnswerFacts) => boolean): Promise<number> {
    this.#index.clear(tenant, matches);
    return this.#store.clear(tenant, matches);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** @returns whether there may be more in the index than before */
  async #readScope(tenant: string, scope: string, epoch: Epoch): Promise<boolean> {
    const now = this.#clock.now();
    const last = this.#read.get(scope);
    if (last !== undefined && last.stored === epoch.stored && now < last.at + FRESH_MS) return false;
    this.#read.set(scope, { at: now, stored: epoch.stored });
    const latest = await this.#store.latest(tenant, scope, MOST_OF_A_SCOPE, epoch);
    if (!this.#store.isCurrent(epoch)) return false;
    for (const { question, ...facts } of latest.toReversed()) {
      if (question !== undefined) {
        this.#index.add(readWrittenQuestion(scope, question), facts, question.answeredAt);
      }
    }
    return latest.length > 0;
  }
}
