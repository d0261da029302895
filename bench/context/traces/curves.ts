import type { CoursePoint, SessionFigures, Sum } from "./measure.ts";

/** What sessions cost by the time they are so long, for each way of sending them. */
export interface CostCurves {
  readonly title: string;
  /** Sessions it is measured on. */
  readonly sessions: number;
  /** Tokens of a session, ascending. */
  readonly lengths: readonly number[];
  /** For each method its cost index at each length; 100: sending everything. */
  readonly methods: readonly CostCurve[];
}

export interface CostCurve {
  readonly method: string;
  readonly index: readonly number[];
}

/** Points of a curve. */
const POINTS = 32;

/**
 * The curves of sessions. A session that has ended counts as what it came to: a point is of all of them.
 *
 * @param told - each method's figures, of the same sessions in the same order
 */
export function toCurves(
  title: string,
  told: readonly (readonly [string, readonly SessionFigures[]])[],
): CostCurves {
  const sessions = told[0]?.[1] ?? [];
  const longest = Math.max(...sessions.map(({ course }) => course.at(-1)?.length ?? 0));
  const lengths = Array.from({ length: POINTS }, (_, index) => Math.round(((index + 1) * longest) / POINTS));
  const methods = told.map(([method, figures]) => ({
    method,
    index: lengths.map((length) => indexAt(length, figures)),
  }));
  return { title, sessions: sessions.length, lengths, methods };
}

function indexAt(length: number, figures: readonly SessionFigures[]): number {
  const sums = figures.map(({ course }) => sumUntil(length, course));
  const of = (side: keyof Sum): number => sums.reduce((total, sum) => total + sum[side], 0);
  const index = of("whole") === 0 ? 100 : of("part") / of("whole");
  return Math.round(10 * index) / 10;
}

function sumUntil(length: number, course: readonly CoursePoint[]): Sum {
  return course.findLast((point) => point.length <= length)?.cost ?? { part: 0, whole: 0 };
}
