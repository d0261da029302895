import { nearestName } from "../nearest-name.ts";

/**
 * Refuses options that nobody reads.
 *
 * @param where - the function they were given to
 * @throws TypeError if they are no object, or naming the unknown one and the nearest known name
 */
export function checkNames(where: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${where}: options must be an object, got ${given === null ? "null" : typeof given}`);
  }
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = nearestName(unknown, known);
  const hint = meant === undefined ? `it takes ${known.join(", ")}` : `did you mean "${meant}"?`;
  throw new TypeError(`${where}: unknown option "${unknown}", ${hint}`);
}

/**
 * Reads a group of numeric options: those left out get their default, the others must be positive.
 *
 * @throws TypeError for a name that is not among the defaults, RangeError for a value, naming both
 */
export function readNumbers<Numbers extends object>(
  group: string,
  given: { readonly [name in keyof Numbers]?: Numbers[name] | undefined } | undefined,
  defaults: Numbers,
): Numbers {
  const read = { ...defaults };
  for (const [name, value] of Object.entries(given ?? {})) {
    const at = `createScheduler: ${group}.${name}`;
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(`${at} is not an option; ${group} takes ${Object.keys(defaults).join(", ")}`);
    }
    if (value === undefined) continue;
    if (!(typeof value === "number" && value > 0)) {
      throw new RangeError(`${at} must be a positive number, got ${value}`);
    }
    Object.assign(read, { [name]: value });
  }
  return read;
}
