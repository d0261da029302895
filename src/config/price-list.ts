import { z } from "zod";
import type { Price } from "../scheduler/price.ts";
import { check } from "./check.ts";
import { amount, options } from "./values.ts";

/** What a model charges. */
export const priceSchema: z.ZodType<Price, Price> = options({
  inputPer1M: amount,
  cachedInputPer1M: amount.optional(),
  cacheWritePer1M: amount.optional(),
  cacheWrite1hPer1M: amount.optional(),
  outputPer1M: amount,
});

/**
 * Prices by model, from the text of a file.
 *
 * @param where - begins every message: the name of the file
 * @throws TypeError or RangeError naming the model, the option and its value
 */
export function parsePriceList(text: string, where: string): Readonly<Record<string, Price>> {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new TypeError(`${where} is not valid JSON`, { cause: error });
  }
  return check(z.record(z.string(), priceSchema, { error: "must be prices by model" }), list, where);
}
