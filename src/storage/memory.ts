import { type Clock, systemClock } from "../clock.ts";
import { PromptCompilerError } from "../errors.ts";
import { isSameBytes } from "./same-bytes.ts";
import { SortedKeys } from "./sorted-keys.ts";
import type { Storage, StorageEntry, StorageOperation, StorageRange } from "./storage.ts";

export interface MemoryOptions {
  /** @defaultValue the real clock */
  readonly clock?: Clock | undefined;
}

/** A storage that lives and dies with the process. */
export function memory(options: MemoryOptions = {}): Storage {
  return new MemoryStorage(options.clock ?? systemClock);
}

interface Entry {
  readonly value: Uint8Array;
  readonly expiresAt: number;
}

/** How often expired entries that nobody asked for are thrown out; a round looks at all entries. */
const SWEEP_INTERVAL_MS = 60_000;

/** A map, and its keys in order. Every operation runs in one turn of the event loop, so each is atomic. */
class MemoryStorage implements Storage {
  readonly name = "memory";
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #keys = new SortedKeys();
  #sweepAt: number;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sweepAt = clock.now() + SWEEP_INTERVAL_MS;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#throwIfClosed();
    const value = this.#read(key);
    return value === undefined ? undefined : copy(value);
  }

  async batch(operations: readonly StorageOperation[]): Promise<void> {
    this.#throwIfClosed();
    this.#sweepIfDue();
    for (const operation of operations) this.#apply(operation);
  }

  async *range(range: StorageRange): AsyncGenerator<StorageEntry> {
    this.#throwIfClosed();
    for (const [key, value] of this.#readRange(range)) {
      this.#throwIfClosed();
      yield [key, copy(value)];
    }
  }

  async compareAndSet(
    key: string,
    expected: Uint8Array | undefined,
    value: Uint8Array | undefined,
    options: { readonly ttlMs?: number | undefined } = {},
  ): Promise<boolean> {
    this.#throwIfClosed();
    if (!isSameBytes(this.#read(key), expected)) return false;
    this.#apply(
      value === undefined ? { type: "delete", key } : { type: "put", key, value, ttlMs: options.ttlMs },
    );
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#entries.clear();
    this.#keys.clear();
  }

  #read(key: string): Uint8Array | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > this.#clock.now() ? entry.value : undefined;
  }

  #readRange({
    start,
    end,
    reverse = false,
    limit = Number.POSITIVE_INFINITY,
  }: StorageRange): StorageEntry[] {
    const found: StorageEntry[] = [];
    for (const key of reverse ? this.#keys.betweenReversed(start, end) : this.#keys.between(start, end)) {
      if (found.length >= limit) break;
      const value = this.#read(key);
      if (value !== undefined) found.push([key, value]);
    }
    return found;
  }

  #apply(operation: StorageOperation): void {
    const { key } = operation;
    if (operation.type === "delete") {
      if (this.#entries.delete(key)) this.#keys.delete(key);
      return;
    }
    if (!this.#entries.has(key)) this.#keys.add(key);
    const expiresAt =
      operation.ttlMs === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() + operation.ttlMs;
    this.#entries.set(key, { value: copy(operation.value), expiresAt });
  }

  #sweepIfDue(): void {
    const now = this.#clock.now();
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + SWEEP_INTERVAL_MS;
    for (const [key, { expiresAt }] of this.#entries) {
      if (expiresAt > now) continue;
      this.#entries.delete(key);
      this.#keys.delete(key);
    }
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new PromptCompilerError("PC_CLOSED", "storage memory is closed");
  }
}

/** `slice` would not do: of a Buffer it gives the same memory. */
function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
