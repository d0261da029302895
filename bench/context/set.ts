import type { BenchData } from "./data.ts";
import type { Row } from "./row.ts";

/** What the sets are measured with. */
export interface BenchContext {
  readonly data: BenchData;
  /** One question in so many is asked; 1: all. */
  readonly every: number;
  /** Says what has been measured. */
  readonly onRow: (row: Row) => void;
}

/** A file in `sets/`: the figures of one kind of data, of as many files of it as there are. */
export interface BenchSet {
  rows(context: BenchContext): Promise<readonly Row[]>;
}
