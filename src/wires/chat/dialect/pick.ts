import { isAbsent } from "../../drop.ts";
import type { WireBody } from "../../wire.ts";

/** The fields of these names that say something. */
export function pick(from: WireBody, names: readonly string[]): WireBody {
  return Object.fromEntries(names.filter((name) => !isAbsent(from[name])).map((name) => [name, from[name]]));
}
