/**
 * Code, `minilongbench/repobench-p.json`: of the names in the line that comes next, those that the code holds and its
 * last thirty lines do not. How many of them are still there when a share of the code's tokens is kept; the last thirty
 * lines are the query.
 */
import { createResultCompressor, lexicalRanker, loadTokenizer } from "../../../src/core/index.ts";
import { bm25, countTerms } from "../../../src/core/retrieval/bm25.ts";
import { countFitting } from "../fitting.ts";
import { meanRow, type Row } from "../row.ts";
import type { BenchContext } from "../set.ts";

interface Completion {
  readonly origin_prompt: string;
  readonly gold: readonly string[];
}

interface Task {
  readonly code: readonly string[];
  readonly query: string;
  readonly wanted: readonly string[];
}

const QUERY_LINES = 30;
const BUDGETS = [0.3, 0.2, 0.1, 0.05];

type Method = (task: Task, room: number) => string;

/** The rows of that file. */
export async function rows({ data, every, onRow }: BenchContext): Promise<readonly Row[]> {
  const tokenizer = await loadTokenizer("gpt-5");
  const compress = createResultCompressor(lexicalRanker());
  const count = (line: string): number => tokenizer.count(`${line}\n`);
  const methods: Readonly<Record<string, Method>> = {
    recent: ({ code }, room) => {
      const from = code.length - countFitting(code.map(count).reverse(), room);
      return code.slice(from).join("\n");
    },
    bm25: ({ code, query }, room) => {
      const counted = code.map((line) => countTerms(namesIn(line)));
      const scores = bm25(new Set(namesIn(query)), counted).map(({ score }) => score);
      const order = code
        .map((_, index) => index)
        .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || b - a);
      let left = room;
      const kept = order.filter((index) => {
        const cost = count(code[index] ?? "");
        if (cost > left) return false;
        left -= cost;
        return true;
      });
      return kept.map((index) => code[index]).join("\n");
    },
    "prompt-compiler": ({ code, query }, room) =>
      compress(code.join("\n"), { tokenizer, isLossyAllowed: true, query, maxTokens: room })?.text ?? "",
  };
  const found: Row[] = [];
  for (const file of await data.files(/^minilongbench\/repobench-p\.json$/)) {
    const tasks = Object.values(await file.json<Readonly<Record<string, Completion>>>())
      .map(toTask)
      .filter(({ wanted }, index) => wanted.length > 0 && index % every === 0);
    for (const budget of BUDGETS) {
      for (const [method, keep] of Object.entries(methods)) {
        const recalls = tasks.map((task) => {
          const room = Math.floor(budget * tokenizer.count(task.code.join("\n")));
          const kept = new Set(namesIn(keep(task, room)));
          return task.wanted.filter((name) => kept.has(name)).length / task.wanted.length;
        });
        const row = meanRow({ set: file.stem, measure: "identifier recall", budget, method }, recalls);
        onRow(row);
        found.push(row);
      }
    }
  }
  return found;
}

function toTask({ origin_prompt, gold }: Completion): Task {
  const lines = origin_prompt
    .replace(/^Please complete the code given below. \n/, "")
    .replace(/\n?Next line of code:\n*$/, "")
    .split("\n");
  const code = lines.slice(0, -QUERY_LINES);
  const query = lines.slice(-QUERY_LINES).join("\n");
  const known = new Set(namesIn(code.join("\n")));
  const asked = new Set(namesIn(query));
  const wanted = [...new Set(namesIn(gold[0] ?? ""))].filter((name) => known.has(name) && !asked.has(name));
  return { code, query, wanted };
}

function namesIn(text: string): readonly string[] {
  return text.match(/[A-Za-z_]\w{2,}/g) ?? [];
}
