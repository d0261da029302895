/** What option values may be. Each says in words what it must be; `check.ts` completes the sentence. */
import { z } from "zod";
import { Secret } from "../secret.ts";

/** Options of these names and no others. */
export function options<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, "must be an object");
}

/** @param what - completes "must be …" */
export function value<T>(what: string, isValid: (given: unknown) => boolean): z.ZodType<T, T> {
  return z.custom<T>(isValid, `must be ${what}`);
}

export function list<T>(element: z.ZodType<T, T>): z.ZodType<readonly T[], readonly T[]> {
  return z.array(element, "must be an array").readonly();
}

export function oneOf<const T extends readonly (string | boolean)[]>(
  ...allowed: T
): z.ZodType<T[number], T[number]> {
  const spelled = allowed.map((one) => JSON.stringify(one));
  return value(spelled.join(" or "), (given) => allowed.some((one) => one === given));
}

/** `false`, or what the schema takes. */
export function offOr<T>(schema: z.ZodType<T, T>): z.ZodType<T | false, T | false> {
  return z.union([oneOf(false), schema], "must be an object, or false");
}

/** A function of the host's. */
export function callback<T>(): z.ZodType<T, T> {
  return value("a function", (given) => typeof given === "function");
}

/**
 * An object with these methods, whatever made it; it is kept as it is.
 *
 * @param what - completes "must be …" and says where to get one: "a strategy, e.g. weighted()"
 */
export function objectWith<T>(what: string, methods: readonly (keyof T & string)[]): z.ZodType<T, T> {
  return value(
    what,
    (given) =>
      typeof given === "object" &&
      given !== null &&
      methods.every((method) => typeof Reflect.get(given, method) === "function"),
  );
}

export const positiveInteger: z.ZodType<number, number> = value(
  "a positive integer",
  (given) => Number.isSafeInteger(given) && Number(given) > 0,
);

export const positiveNumber: z.ZodType<number, number> = value(
  "a positive number",
  (given) => Number.isFinite(given) && Number(given) > 0,
);

/** A price or a count: 0 is one. */
export const amount: z.ZodType<number, number> = value(
  "a number that is not negative",
  (given) => Number.isFinite(given) && Number(given) >= 0,
);

/** A part of a whole. */
export const share: z.ZodType<number, number> = value(
  "a number from 0 to 1",
  (given) => Number.isFinite(given) && Number(given) >= 0 && Number(given) <= 1,
);

/** A length of time that comes to an end. */
export const positiveMs: z.ZodType<number, number> = value(
  "a positive number of milliseconds",
  (given) => Number.isFinite(given) && Number(given) > 0,
);

/** How long something may take; `Infinity` is no limit. */
export const limitMs: z.ZodType<number, number> = value(
  "a positive number of milliseconds, or Infinity",
  (given) => typeof given === "number" && given > 0,
);

export const text: z.ZodType<string, string> = value(
  "a string that is not empty",
  (given) => typeof given === "string" && given !== "",
);

export const secretText: z.ZodType<string | Secret, string | Secret> = value(
  "a string that is not empty",
  (given) => given instanceof Secret || (typeof given === "string" && given !== ""),
);
