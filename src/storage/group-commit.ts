import { isSameBytes } from "./same-bytes.ts";
import type { StorageOperation } from "./storage.ts";

/**
 * Group commit: writes that wait at the same time become durable together.
 *
 *     write ┐                                 ┌ resolves
 *     write ┼─▶ waiting ─▶ one atomic commit ─┼ resolves      while it runs, the next group gathers
 *     write ┘                                 └ resolves
 *
 * A commit costs one wait for the disk, however many writes are in it. Groups are committed one after the other and
 * the writes within one are applied in the order in which they came, so a condition is decided on exactly what is
 * there when its write is applied. If a commit fails, all writes in it reject and none is applied.
 */
export class GroupCommit {
  readonly #read: (key: string) => Promise<Uint8Array | undefined>;
  readonly #commit: (operations: readonly StorageOperation[]) => Promise<void>;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(disk: {
    readonly read: (key: string) => Promise<Uint8Array | undefined>;
    /** Applies all operations or none; no two have the same key. */
    readonly commit: (operations: readonly StorageOperation[]) => Promise<void>;
  }) {
    this.#read = disk.read;
    this.#commit = disk.commit;
  }

  /** Applies all operations, or none if the condition does not hold; says which. */
  write(operations: readonly StorageOperation[], condition?: WriteCondition): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ operations, condition, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        const settle = await this.#apply(group);
        for (const resolve of settle) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#running = false;
  }

  async #apply(group: readonly Waiting[]): Promise<readonly (() => void)[]> {
    const changes = new Map<string, StorageOperation>();
    const settle: (() => void)[] = [];
    for (const { operations, condition, resolve } of group) {
      const applies = condition === undefined || (await this.#holds(condition, changes));
      if (applies) for (const operation of operations) changes.set(operation.key, operation);
      settle.push(() => resolve(applies));
    }
    if (changes.size > 0) await this.#commit([...changes.values()]);
    return settle;
  }

  async #holds(
    { key, expected }: WriteCondition,
    changes: ReadonlyMap<string, StorageOperation>,
  ): Promise<boolean> {
    const change = changes.get(key);
    if (change === undefined) return isSameBytes(await this.#read(key), expected);
    return isSameBytes(change.type === "put" ? change.value : undefined, expected);
  }
}

/** The entry of `key` must be this when the write is applied; `undefined`: absent. */
interface WriteCondition {
  readonly key: string;
  readonly expected: Uint8Array | undefined;
}

interface Waiting {
  readonly operations: readonly StorageOperation[];
  readonly condition: WriteCondition | undefined;
  readonly resolve: (applied: boolean) => void;
  readonly reject: (error: unknown) => void;
}
