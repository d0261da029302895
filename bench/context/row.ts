import { seededRandom } from "../../test/seeded-random.ts";

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
  return ratioRow(
    head,
    values.map((part) => ({ part, whole: 1 })),
  );
}

/** The sum of parts over the sum of wholes, with its bootstrap interval: the same for the same values. */
export function ratioRow(
  head: Pick<Row, "set" | "measure" | "budget" | "method">,
  pairs: readonly { readonly part: number; readonly whole: number }[],
): Row {
  const random = seededRandom(pairs.length);
  const ratios = Array.from({ length: RESAMPLES }, () =>
    ratioOf(pairs.map(() => pairs[Math.floor(random() * pairs.length)] ?? NOTHING)),
  ).sort((a, b) => a - b);
  return {
    ...head,
    value: ratioOf(pairs),
    low: ratios[Math.floor(0.025 * RESAMPLES)] ?? 0,
    high: ratios[Math.floor(0.975 * RESAMPLES)] ?? 0,
    n: pairs.length,
  };
}

const NOTHING = { part: 0, whole: 0 };

function ratioOf(pairs: readonly { readonly part: number; readonly whole: number }[]): number {
  const sum = (of: (pair: { readonly part: number; readonly whole: number }) => number): number =>
    pairs.reduce((total, pair) => total + of(pair), 0);
  return sum(({ part }) => part) / sum(({ whole }) => whole);
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
