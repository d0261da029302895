/** Processor time of compressors for one megabyte, of texts made to be hard on each. */
import { createResultCompressor, lexicalRanker, loadTokenizer } from "../../../src/core/index.ts";
import { medianRow, type Row } from "../row.ts";
import type { BenchContext } from "../set.ts";

const CHARACTERS = 1_000_000;
const RUNS = 5;

const fill = (text: string): string => text.repeat(Math.ceil(CHARACTERS / text.length));

/** Each run has a text of its own: none is remembered from the one before. */
const TEXTS: Readonly<Record<string, (run: number) => string>> = {
  "json, rows": (run) =>
    JSON.stringify(
      Array.from({ length: 13_000 }, (_, id) => ({
        id,
        run,
        name: `n${id}`,
        seats: { a: id, b: "x" },
        legs: [{ q: 1 }, { q: id }],
      })),
    ),
  "json, a list in 60 lists": (run) => `${"[".repeat(60)}${run},${fill("[1],")}1${"]".repeat(60)}`,
  "log, all lines alike": (run) => `run ${run}\n${fill("test_a (x.Y) ... ok\n")}`,
  "log, all lines failures": (run) => `Traceback (most recent call last):\n${run}\n${fill("some error y\n")}`,
  "one line of letters": (run) => `${run}${fill("a")}`,
  "line breaks": (run) => `${run}${fill("\n")}`,
  "opening brackets": (run) => `${run}${fill("[")}`,
};

/** Tokens are not what is timed. */
const count = (text: string): number => text.length;

/** A row for each text. */
export async function rows({ onRow }: BenchContext): Promise<readonly Row[]> {
  const tokenizer = { ...(await loadTokenizer("gpt-5")), count };
  return Object.entries(TEXTS).map(([set, write]) => {
    const compress = createResultCompressor(lexicalRanker());
    const timings = Array.from({ length: RUNS }, (_, run) => {
      const text = write(run);
      const begin = process.cpuUsage();
      compress(text, { tokenizer, isLossyAllowed: true });
      const { user, system } = process.cpuUsage(begin);
      return (user + system) / 1000;
    });
    const row = medianRow(
      { set, measure: "milliseconds, 1 MB to compress", budget: null, method: "prompt-compiler" },
      timings,
    );
    onRow(row);
    return row;
  });
}
