import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ROUNDS = 12;
const CALLS = 2_000;
/** Compiled code, caches and counters fill up in these. */
const WARM_UP = 4;

it("thousands of calls, answered, failing, left and kept, leave no memory behind (defect 74)", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--expose-gc",
    "--import",
    "tsx",
    join(import.meta.dirname, "mixed-calls.ts"),
    String(ROUNDS),
    String(CALLS),
  ]);

  const bytes = stdout.trim().split("\n").map(Number).slice(WARM_UP);
  expect(bytes).toHaveLength(ROUNDS - WARM_UP);
  // One kept object of a call, be it the smallest closure, is a hundred bytes.
  expect(slopeOf(bytes) / CALLS).toBeLessThan(50);
});

/** By how much each is larger than the one before: the least squares fit. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const rise = values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0);
  const run = values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  return rise / run;
}
