/**
 * Logs, the files of `logs/`: what of the tokens is taken away, and how many of the distinct lines that tell of a
 * failure stay, beside the same number of tokens from the head and the tail, and from the tail alone.
 */
import { createResultCompressor, lexicalRanker, loadTokenizer } from "../../../src/core/index.ts";
import { compileResults } from "../compile-result.ts";
import { countFitting } from "../fitting.ts";
import { type Row, ratioRow } from "../row.ts";
import type { BenchContext } from "../set.ts";

/**
 * Lines that tell of a failure, told apart here without our own code: words of failure, pytest's marks, frames. Not
 * those that say that a test passed, or failed as it was expected to.
 */
const FAILURE =
  /\b(?:error|fail|failed|failure|failures|exception|traceback|fatal|panic|assert\w*)\b|(?:Error|Exception|Warning)\b|^(?:\p{Cc}\[[\d;]*m)*(?:E|>) {2,}\S|^\s*File ".*", line \d+/iu;
const PASSED = /^(?:PASSED|XFAIL|XPASS|SKIPPED)\b|\b(?:ok|PASSED)$/;

const HANDLE = `pc:${"0".repeat(32)}`;

/** The rows of all of them together. */
export async function rows({ data, every, onRow }: BenchContext): Promise<readonly Row[]> {
  const tokenizer = await loadTokenizer("gpt-5");
  const compress = createResultCompressor(lexicalRanker());
  const files = (await data.files(/^logs\/.*\.txt$/)).filter((_, index) => index % every === 0);
  const logs = await Promise.all(files.map((file) => file.text()));
  if (logs.length === 0) return [];
  const excerpts = logs.map(
    (log) => compress(log, { tokenizer, isLossyAllowed: true, handle: HANDLE })?.text ?? log,
  );
  const rooms = excerpts.map(tokenizer.count);
  const methods: Readonly<Record<string, readonly string[]>> = {
    "head and tail": logs.map((log, index) => headAndTail(log, rooms[index] ?? 0, 0.5, tokenizer.count)),
    recent: logs.map((log, index) => headAndTail(log, rooms[index] ?? 0, 0, tokenizer.count)),
    "prompt-compiler": excerpts,
    compile: await Promise.all(logs.map(compileResults("lossy"))),
  };
  return Object.entries(methods).flatMap(([method, outputs]) => {
    const head = { set: "logs", budget: null, method };
    const removed = logs.map((log, index) => {
      const whole = tokenizer.count(log);
      return { whole, part: whole - tokenizer.count(outputs[index] ?? "") };
    });
    const kept = logs.map((log, index) => {
      const failures = new Set(log.split("\n").filter((line) => FAILURE.test(line) && !PASSED.test(line)));
      const lines = new Set(outputs[index]?.split("\n"));
      return { whole: failures.size, part: [...failures].filter((line) => lines.has(line)).length };
    });
    const found = [
      ratioRow({ ...head, measure: "tokens removed share" }, removed),
      ratioRow({ ...head, measure: "failure line recall" }, kept),
    ];
    found.forEach(onRow);
    return found;
  });
}

/** The first and last lines in as many tokens, `share` of them for the first. */
function headAndTail(text: string, room: number, share: number, count: (text: string) => number): string {
  const lines = text.split("\n");
  const costs = lines.map((line) => count(`${line}\n`));
  const head = countFitting(costs, share * room);
  const tail = lines.length - countFitting(costs.slice(head).reverse(), (1 - share) * room);
  return [...lines.slice(0, head), ...lines.slice(tail)].join("\n");
}
