import type { WireBody } from "./wire.ts";

/** Notes that something of the caller's is left out. @param path - where it stands in the caller's body */
export type Drop = (path: string) => void;

/** Collects what is left out, each path once. */
export function collectDrops(): { readonly drop: Drop; readonly dropped: () => readonly string[] } {
  const paths = new Set<string>();
  return { drop: (path) => void paths.add(path), dropped: () => [...paths] };
}

/** Whether a field says nothing: many clients write null for what they leave out (wire 42). */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** Notes every field that is not among the known ones and says something. @param path - of the record, "" for the body */
export function dropOthers(record: WireBody, known: ReadonlySet<string>, path: string, drop: Drop): void {
  for (const [name, value] of Object.entries(record)) {
    if (!known.has(name) && !isNothing(value)) drop(path === "" ? name : `${path}.${name}`);
  }
}

function isNothing(value: unknown): boolean {
  return isAbsent(value) || value === "" || (Array.isArray(value) && value.length === 0);
}
