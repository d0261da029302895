import type { WireBody } from "../../wire.ts";

/** Notes that something of the caller's is left out. @param path - where it stands in the caller's body */
export type Drop = (path: string) => void;

/** Notes every field that is not among the known ones and says something. @param path - of the record, "" for the body */
export function dropOthers(record: WireBody, known: ReadonlySet<string>, path: string, drop: Drop): void {
  for (const [name, value] of Object.entries(record)) {
    if (!known.has(name) && !isNothing(value)) drop(path === "" ? name : `${path}.${name}`);
  }
}

function isNothing(value: unknown): boolean {
  return (
    value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)
  );
}
