import { newRequestId } from "../../request-id.ts";
import type { KeyParts } from "../../storage/key.ts";
import type { Storage, StorageOperation } from "../../storage/storage.ts";
import { type Table, table } from "../../storage/table.ts";
import type { AnswerFacts, CachedAnswer } from "./cached-answer.ts";
import type { WrittenQuestion } from "./question.ts";

/** What is read of an answer to find it. */
export interface AnswerEntry extends AnswerFacts {
  /** Of answers that are found by likeness. */
  readonly question?: WrittenQuestion | undefined;
}

/**
 * The tables of a cache. They fail as their storage does.
 *
 * A key may be a path, "scope/key": what has the same scope is found together, in the order of its keys.
 */
export class AnswerTables {
  readonly #storage: Storage;
  readonly #answers: Table<CachedAnswer>;
  readonly #entries: Table<AnswerEntry>;
  readonly #epochs: Table<string>;

  /** @param kind - which answers: begins the names of the tables */
  constructor(storage: Storage, kind: string) {
    this.#storage = storage;
    this.#answers = table(storage, `${kind}-answers`);
    this.#entries = table(storage, `${kind}-answer-facts`);
    this.#epochs = table(storage, `${kind}-answer-epochs`);
  }

  /** Another word after every clearing that touched the tenant. */
  async epoch(tenant: string): Promise<string> {
    return (await this.#epochs.get([tenant])) ?? "";
  }

  get(tenant: string, key: string): Promise<CachedAnswer | undefined> {
    return this.#answers.get(placeOf(tenant, key));
  }

  /** Of a scope, those with the last keys; the last comes first. */
  async latest(tenant: string, scope: string, limit: number): Promise<readonly AnswerEntry[]> {
    const found: AnswerEntry[] = [];
    for await (const [, entry] of this.#entries.range([tenant, scope], { reverse: true, limit })) {
      found.push(entry);
    }
    return found;
  }

  async put(answer: CachedAnswer, ttlMs: number, question: WrittenQuestion | undefined): Promise<void> {
    const { facts } = answer;
    const place = placeOf(facts.tenant, facts.key);
    await this.#storage.batch([
      this.#answers.put(place, answer, { ttlMs }),
      this.#entries.put(place, { ...facts, question }, { ttlMs }),
    ]);
  }

  /** @param tenant - `undefined`: every tenant. @returns how many answers are gone */
  async clear(tenant: string | undefined, matches: (facts: AnswerFacts) => boolean): Promise<number> {
    const epochs = new Map<string, StorageOperation>();
    if (tenant !== undefined) epochs.set(tenant, this.#newEpoch(tenant));
    const removals: StorageOperation[] = [];
    for await (const [key, facts] of this.#entries.scan(tenant === undefined ? [] : [tenant])) {
      if (!matches(facts)) continue;
      removals.push(this.#answers.delete(key), this.#entries.delete(key));
      epochs.set(facts.tenant, this.#newEpoch(facts.tenant));
    }
    await this.#storage.batch([...removals, ...epochs.values()]);
    return removals.length / 2;
  }

  #newEpoch(tenant: string): StorageOperation {
    return this.#epochs.put([tenant], newRequestId());
  }
}

function placeOf(tenant: string, key: string): KeyParts {
  return [tenant, ...key.split("/")];
}
