import { type KeyParts, keyAfter, keysUnder, parseKey, toKey } from "./key.ts";
import type { Storage, StorageOperation } from "./storage.ts";

/**
 * One kind of record in a storage, under a key of parts: the way every floor uses storage. `put` and `delete` give
 * operations and write nothing, so that changes of several tables go into one `storage.batch`: all or none.
 *
 * Values are JSON. A field that is `undefined` comes back absent.
 */
export interface Table<Value> {
  get(key: KeyParts): Promise<Value | undefined>;
  put(key: KeyParts, value: Value, options?: { readonly ttlMs?: number | undefined }): StorageOperation;
  delete(key: KeyParts): StorageOperation;

  /** Records whose key begins with `prefix`, ordered by their key, as of one moment. */
  range(prefix: KeyParts, options?: TableRange): AsyncIterable<TableEntry<Value>>;

  /** The same in pages, each as of its own moment: for any number of records. */
  scan(prefix: KeyParts, options?: Omit<TableRange, "limit">): AsyncIterable<TableEntry<Value>>;
}

export interface TableRange {
  /** @defaultValue false */
  readonly reverse?: boolean | undefined;
  readonly limit?: number | undefined;
  /** Only what comes behind this, in the direction of reading: the rest of a key, behind `prefix`. */
  readonly after?: KeyParts | undefined;
}

/** `key` is the whole key, prefix included. */
type TableEntry<Value> = readonly [key: KeyParts, value: Value];

const SCAN_PAGE = 256;

/** The table `name` in `storage`. */
export function table<Value>(storage: Storage, name: string): Table<Value> {
  const decoder = new TextDecoder();
  const keyOf = (key: KeyParts): string => toKey([name, ...key]);
  const encode = (value: Value): Uint8Array => Buffer.from(JSON.stringify(value));
  const decode = (bytes: Uint8Array): Value => JSON.parse(decoder.decode(bytes)) as Value;

  async function* range(prefix: KeyParts, options: TableRange = {}): AsyncGenerator<TableEntry<Value>> {
    const { after, reverse = false, limit } = options;
    let { start, end } = keysUnder([name, ...prefix]);
    if (after !== undefined) {
      const border = keyOf([...prefix, ...after]);
      if (reverse) end = border;
      else start = keyAfter(border);
    }
    for await (const [key, bytes] of storage.range({ start, end, reverse, limit })) {
      yield [parseKey(key).slice(1), decode(bytes)];
    }
  }

  return {
    async get(key) {
      const bytes = await storage.get(keyOf(key));
      return bytes === undefined ? undefined : decode(bytes);
    },
    put: (key, value, options) => ({
      type: "put",
      key: keyOf(key),
      value: encode(value),
      ttlMs: options?.ttlMs,
    }),
    delete: (key) => ({ type: "delete", key: keyOf(key) }),
    range,
    async *scan(prefix, { after: begin, reverse } = {}) {
      let after = begin;
      for (let found = SCAN_PAGE; found === SCAN_PAGE; ) {
        found = 0;
        for await (const entry of range(prefix, { after, reverse, limit: SCAN_PAGE })) {
          yield entry;
          after = entry[0].slice(prefix.length);
          found += 1;
        }
      }
    },
  };
}
