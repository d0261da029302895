/**
 * Ordered key-value storage: everything durable lives in one of these, in tables told apart by key prefix
 * (`table.ts`). `test/contracts/storage.ts` checks every implementation.
 *
 * - Keys are strings that UTF-8 can say (`key.ts` escapes what it cannot), ordered by their UTF-8 bytes. Values are
 *   bytes.
 * - Opening is lazy: the first operation opens, once. A storage that cannot be opened rejects each operation with
 *   `PC_STORAGE_UNAVAILABLE`, naming the directory or address, and tries again at the next one.
 * - An entry past its expiry is never returned.
 */
export interface Storage {
  /** Names the implementation and the place, e.g. "level:./pc-data". */
  readonly name: string;

  get(key: string): Promise<Uint8Array | undefined>;

  /**
   * Applies all operations or none. When it resolves they are durable: a process killed right after finds them all
   * at the next start.
   */
  batch(operations: readonly StorageOperation[]): Promise<void>;

  /** Entries in key order (or its reverse), as of one moment: writes made meanwhile are not seen. Lazy. */
  range(range: StorageRange): AsyncIterable<StorageEntry>;

  /**
   * Writes `value` if the entry is still `expected` (`undefined`: absent), byte for byte; says whether it did.
   * `value: undefined` deletes.
   */
  compareAndSet(
    key: string,
    expected: Uint8Array | undefined,
    value: Uint8Array | undefined,
    options?: { readonly ttlMs?: number | undefined },
  ): Promise<boolean>;

  /** Waits for what is under way, then closes. Later operations reject with `PC_CLOSED`. Closing twice is fine. */
  close(): Promise<void>;
}

export type StorageOperation =
  | {
      readonly type: "put";
      readonly key: string;
      readonly value: Uint8Array;
      /** Milliseconds after which the entry is gone; absent: never. */
      readonly ttlMs?: number | undefined;
    }
  | { readonly type: "delete"; readonly key: string };

export interface StorageRange {
  /** First key, itself included. */
  readonly start: string;
  /** Key to stop before. */
  readonly end: string;
  /** From the end to the start. @defaultValue false */
  readonly reverse?: boolean | undefined;
  readonly limit?: number | undefined;
}

export type StorageEntry = readonly [key: string, value: Uint8Array];
