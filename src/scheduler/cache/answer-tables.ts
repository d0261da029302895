import { newRequestId } from "../../request-id.ts";
import type { KeyParts } from "../../storage/key.ts";
import type { Storage, StorageOperation } from "../../storage/storage.ts";
import { type Table, table } from "../../storage/table.ts";
import type { AnswerFacts, CachedAnswer } from "./cached-answer.ts";

/** The tables of a cache. They fail as their storage does. */
export class AnswerTables {
  readonly #storage: Storage;
  readonly #answers: Table<CachedAnswer>;
  readonly #facts: Table<AnswerFacts>;
  readonly #epochs: Table<string>;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#answers = table(storage, "cached-answers");
    this.#facts = table(storage, "cached-answer-facts");
    this.#epochs = table(storage, "cached-answer-epochs");
  }

  /** Another word after every clearing that touched the tenant. */
  async epoch(tenant: string): Promise<string> {
    return (await this.#epochs.get([tenant])) ?? "";
  }

  get(tenant: string, key: string): Promise<CachedAnswer | undefined> {
    return this.#answers.get([tenant, key]);
  }

  async put(answer: CachedAnswer, ttlMs: number): Promise<void> {
    const { facts } = answer;
    const at: KeyParts = [facts.tenant, facts.key];
    await this.#storage.batch([
      this.#answers.put(at, answer, { ttlMs }),
      this.#facts.put(at, facts, { ttlMs }),
    ]);
  }

  /** @param tenant - `undefined`: every tenant. @returns how many answers are gone */
  async clear(tenant: string | undefined, matches: (facts: AnswerFacts) => boolean): Promise<number> {
    const epochs = new Map<string, StorageOperation>();
    if (tenant !== undefined) epochs.set(tenant, this.#newEpoch(tenant));
    const removals: StorageOperation[] = [];
    for await (const [key, facts] of this.#facts.scan(tenant === undefined ? [] : [tenant])) {
      if (!matches(facts)) continue;
      removals.push(this.#answers.delete(key), this.#facts.delete(key));
      epochs.set(facts.tenant, this.#newEpoch(facts.tenant));
    }
    await this.#storage.batch([...removals, ...epochs.values()]);
    return removals.length / 2;
  }

  #newEpoch(tenant: string): StorageOperation {
    return this.#epochs.put([tenant], newRequestId());
  }
}
