import type { Storage } from "../storage/storage.ts";

/** A storage that keeps nothing: what an audit compiles is nobody's, and would only fill the memory. */
export const NO_STORAGE: Storage = {
  name: "none",
  get: async () => undefined,
  batch: async () => undefined,
  range: async function* () {},
  compareAndSet: async () => true,
  close: async () => undefined,
};
