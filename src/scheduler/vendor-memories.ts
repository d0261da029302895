/**
 * What vendors want back with tool calls, for all calls of a scheduler: by tenant, by the vendor's wire or, where several
 * vendors share one, its name, by the id of the tool call. Nothing of one tenant is found by another, and no vendor gets what is another's.
 *
 * In memory only, `MAX_BYTES` of it, the least recently used goes first; after `TTL_MS` it is gone. What is gone is not
 * an error: translations do without. Another process does not know of it.
 */
import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";
import type { VendorMemory } from "../wires/vendor-memory.ts";

const MAX_BYTES = 32 * 1024 * 1024;
/** Longer than tools take, and their users. */
const TTL_MS = 60 * 60 * 1000;
/** What an entry takes besides its text. */
const OVERHEAD = 256;

export class VendorMemories {
  readonly #states: LRUCache<string, { readonly value: unknown }>;

  constructor(clock: Clock) {
    this.#states = new LRUCache({
      maxSize: MAX_BYTES,
      maxEntrySize: MAX_BYTES / 8,
      sizeCalculation: ({ value }, key) => OVERHEAD + key.length + (JSON.stringify(value)?.length ?? 0),
      ttl: TTL_MS,
      // Without a resolution the cache asks the clock each time, and sets no timer.
      ttlResolution: 0,
      perf: clock,
    });
  }

  /**
   * The memory of one tenant with one vendor.
   *
   * @param vendor - its wire, or its name
   */
  of(tenant: string | undefined, vendor: string): VendorMemory {
    const keyOf = (toolCallId: string): string => JSON.stringify([tenant, vendor, toolCallId]);
    return {
      get: (toolCallId) => this.#states.get(keyOf(toolCallId))?.value,
      set: (toolCallId, value) => void this.#states.set(keyOf(toolCallId), { value }),
    };
  }
}
