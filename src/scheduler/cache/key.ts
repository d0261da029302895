import { createHash } from "node:crypto";
import { isRecord } from "../../wires/read.ts";

/**
 * The same text for the same JSON value, in whatever order its fields were written: fields sorted, those that are
 * `undefined` left out, everything else as `JSON.stringify` writes it. Lists keep their order: it means something.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((element) => canonical(element ?? null)).join()}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? "null";
  const fields = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${fields.join()}}`;
}

/** SHA-256 of the canonical text: what nobody can find a second value for, however much of it is theirs to choose. */
export function canonicalHash(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("base64url");
}
