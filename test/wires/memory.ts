import type { VendorMemory } from "../../src/wires/vendor-memory.ts";

/** Of a translation that has nothing to remember, or has forgotten. */
export const noMemory: VendorMemory = { get: () => undefined, set: () => undefined };

/** Remembers everything. */
export function givenMemory(): VendorMemory {
  const states = new Map<string, unknown>();
  return { get: (id) => states.get(id), set: (id, state) => void states.set(id, state) };
}
