/** Numbers that are written as text, in variables and arguments; `undefined` where nothing is written. */
import { describeValue } from "./check.ts";

/** @throws RangeError naming the variable or argument */
export function parsePositiveInteger(name: string, text: string | undefined): number | undefined {
  return parseInteger(name, text, "a positive integer", 1, Number.MAX_SAFE_INTEGER);
}

/** @throws RangeError naming the variable or argument */
export function parsePort(name: string, text: string | undefined): number | undefined {
  return parseInteger(name, text, `an integer from 0 to ${LAST_PORT}`, 0, LAST_PORT);
}

const LAST_PORT = 65_535;

function parseInteger(
  name: string,
  text: string | undefined,
  what: string,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new RangeError(`${name} must be ${what}, got ${describeValue(text)}`);
}
