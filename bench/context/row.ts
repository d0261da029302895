import { randomFrom } from "./random.ts";

/** One figure of `bench/results/context.json`. */
export interface Row {
  /** The stem of the file it was measured on. */
  readonly set: string;
  /** One of those that `bench/README.md` lists. */
  readonly measure: string;
  /** Share of the tokens that a request may have; `null` where there is none to keep. */
  readonly budget: number | null;
  readonly method: string;
  readonly value: number;
  /** A 95 % interval of `value`. */
  readonly low: number;
  readonly high: number;
  /** Values it is the mean of. */
  readonly n: number;
}

const RESAMPLES = 1000;

/** The mean of values, with its bootstrap interval: the same for the same values. */
export function meanRow(
  head: Pick<Row, "set" | "measure" | "budget" | "method">,
  values: readonly number[],
): Row {
  const random = randomFrom(values.length);
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let drawn = 0; drawn < values.length; drawn++) {
      sum += values[Math.floor(random() * values.length)] ?? 0;
    }
    return sum / values.length;
  }).sort((a, b) => a - b);
  return {
    ...head,
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
    low: means[Math.floor(0.025 * RESAMPLES)] ?? 0,
    high: means[Math.floor(0.975 * RESAMPLES)] ?? 0,
    n: values.length,
  };
}

/** The median of timings, with the 5th and the 95th percentile in place of an interval. */
export function medianRow(
  head: Pick<Row, "set" | "measure" | "budget" | "method">,
  values: readonly number[],
): Row {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { ...head, value: at(0.5), low: at(0.05), high: at(0.95), n: values.length };
}
