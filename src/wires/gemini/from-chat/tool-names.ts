/**
 * Names of tools as Gemini takes them: they begin with a letter or an underscore, as no other vendor demands, and have at
 * most 64 characters (the refusal is quoted in https://github.com/kaitranntt/ccs/issues/25). Any other gets an underscore
 * before it, and the caller hears of its own name only.
 */
import { asArray, asRecord, asString } from "../../read.ts";
import type { WireBody } from "../../wire.ts";

const LONGEST_NAME = 64;

export function geminiToolName(name: string): string {
  return name === "" || /^[a-z_]/i.test(name) ? name : `_${name}`.slice(0, LONGEST_NAME);
}

/** The caller's names of tools, by those they have at Gemini; only where the two differ. */
export function originalNames({ tools, functions }: WireBody): ReadonlyMap<string, string> {
  const offered = [...asArray(tools), ...asArray(functions)].map((tool) => asRecord(tool) ?? {});
  const names = offered.map(
    (tool) => (asRecord(tool["function"]) ?? asRecord(tool["custom"]) ?? tool)["name"],
  );
  return new Map(
    names
      .map((name) => asString(name) ?? "")
      .filter((name) => geminiToolName(name) !== name)
      .map((name) => [geminiToolName(name), name]),
  );
}
