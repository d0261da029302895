import type { FailureKind } from "../../errors.ts";
import { reactions } from "../failure.ts";
import type { Cooldown } from "./shared-state.ts";

/** What the script COOLDOWNS answers. A failure that only another version of this library knows is passed over. */
export function toCooldowns(found: readonly (Buffer | number)[], now: number): ReadonlyMap<string, Cooldown> {
  const cooldowns = new Map<string, Cooldown>();
  for (let index = 0; index < found.length; index += 4) {
    const [key, ms, asked, failure] = found.slice(index, index + 4).map(String);
    if (key === undefined || failure === undefined || !isFailureKind(failure)) continue;
    cooldowns.set(key, { untilMs: now + Number(ms), asked: asked === "1", failure });
  }
  return cooldowns;
}

function isFailureKind(text: string): text is FailureKind {
  return Object.hasOwn(reactions, text);
}
