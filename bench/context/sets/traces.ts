/**
 * Agents at work, call after call: what is removed of the history, what that costs with a provider's prompt cache, and
 * what is lost. Each call goes through the public `compile`, as a session; a call's budget is its instructions, the tools
 * and so many tokens for the history. Beside ours stand policies that keep as many tokens as ours keeps on average.
 */

import { loadTokenizer } from "../../../src/core/index.ts";
import { countMessage } from "../../../src/core/message-tokens.ts";
import type { Tokenizer } from "../../../src/tokenizer.ts";
import { codecFor } from "../../../src/wires/index.ts";
import { OURS } from "../evidence.ts";
import { meanRow, type Row, ratioRow } from "../row.ts";
import type { BenchContext } from "../set.ts";
import { measureSession, type Policy, type SessionFigures, type Sum } from "../traces/measure.ts";
import {
  bestGroups,
  clearedResults,
  compiled,
  everything,
  recentGroups,
  recentWindow,
} from "../traces/policies.ts";
import {
  type OpenHandsRun,
  openHandsSession,
  type Session,
  type SweAgentRun,
  sweAgentSession,
  tauSessions,
} from "../traces/sessions.ts";

/** Sessions of one kind, and the tokens of a call's budget that are for its history. */
interface Traces {
  readonly set: string;
  /** Told with each measure. */
  readonly kind: string;
  readonly sessions: readonly Session[];
  readonly historyTokens: number;
}

/** Measures, by their names in `bench/README.md`: of all sessions together, as money is. */
const SUMS: readonly [string, (figures: SessionFigures) => Sum][] = [
  ["history removed share", ({ history }) => history],
  ["cost index", ({ cost }) => cost],
  ["cost index, no write fee", ({ costWithoutWriteFee }) => costWithoutWriteFee],
];

/** And of each thing they are told of, the mean. */
const MEASURES: readonly [string, (figures: SessionFigures) => readonly number[]][] = [
  ["prefix kept share", ({ prefixKept }) => prefixKept],
  ["busting calls share", ({ prefixKept }) => prefixKept.map((kept) => (kept < 1 ? 1 : 0))],
  ["arguments kept share", ({ argumentsKept }) => argumentsKept],
  ["far arguments kept share", ({ farArgumentsKept }) => farArgumentsKept],
  ["broken pairs share", ({ broken }) => broken],
  ["refused calls share", ({ refused }) => refused],
];

export async function rows({ data, every, onRow }: BenchContext): Promise<readonly Row[]> {
  const tokenizer = await loadTokenizer("gpt-5-mini");
  const found: Row[] = [];
  for (const file of await data.files(/^tau-bench-airline.*\.json$/)) {
    const told = await file.json<readonly { readonly traj: Session }[]>();
    for (const [tasks, historyTokens] of [
      [6, 5000],
      [16, 8000],
    ] as const) {
      const sessions = tauSessions(told, tasks);
      found.push(
        ...(await measured(
          { set: file.stem, kind: `${tasks} joined tasks`, sessions, historyTokens },
          tokenizer,
          every,
        )),
      );
    }
  }
  for (const file of await data.files(/^openhands-.*\.jsonl$/)) {
    const sessions = (await file.lines<OpenHandsRun>()).map(openHandsSession);
    found.push(
      ...(await measured({ set: file.stem, kind: "", sessions, historyTokens: 32_000 }, tokenizer, every)),
    );
  }
  const runs = await data.files(/^swe-agent\/.*\.traj$/);
  const sessions = await Promise.all(
    runs.map(async (file) => sweAgentSession(await file.json<SweAgentRun>())),
  );
  found.push(
    ...(await measured({ set: "swe-agent", kind: "", sessions, historyTokens: 8000 }, tokenizer, every)),
  );
  for (const row of found) onRow(row);
  return found;
}

async function measured(
  { set, kind, sessions, historyTokens }: Traces,
  tokenizer: Tokenizer,
  every: number,
): Promise<readonly Row[]> {
  const some = sessions.filter((_, index) => index % every === 0);
  if (some.length === 0) return [];
  const figuresOf = (policyOf: (session: Session) => Policy): Promise<readonly SessionFigures[]> =>
    Promise.all(some.map((session) => measureSession(session, policyOf(session), tokenizer)));
  const ours = await figuresOf((session) =>
    compiled(session, instructionTokens(session, tokenizer) + historyTokens),
  );
  const room = Math.round(ours.reduce((sum, each) => sum + each.historyTokens, 0) / ours.length);
  const methods: readonly [string, readonly SessionFigures[]][] = [
    ["everything", await figuresOf(everything)],
    ["recent", await figuresOf(() => recentWindow(room, tokenizer))],
    ["recent groups", await figuresOf(() => recentGroups(room, tokenizer))],
    ["bm25", await figuresOf(() => bestGroups(room, tokenizer))],
    ["clear results", await figuresOf(clearedResults)],
    [OURS, ours],
  ];
  const whole = some.reduce((sum, session) => sum + tokensOf(session, tokenizer), 0) / some.length;
  const budget = Math.round((100 * historyTokens) / whole) / 100;
  const headOf = (name: string, method: string) => ({
    set,
    measure: kind === "" ? name : `${name}, ${kind}`,
    budget,
    method,
  });
  return methods.flatMap(([method, figures]) => [
    ...SUMS.map(([name, sumOf]) => ratioRow(headOf(name, method), figures.map(sumOf))),
    ...MEASURES.flatMap(([name, valuesOf]): Row[] => {
      const values = figures.flatMap(valuesOf);
      return values.length === 0 ? [] : [meanRow(headOf(name, method), values)];
    }),
  ]);
}

function tokensOf(messages: Session, tokenizer: Tokenizer): number {
  return codecFor("chat")
    .messages({ messages })
    .reduce((sum, message) => sum + countMessage(message, tokenizer), 0);
}

/** The system prompt and what primes the reply: no tools are sent along. */
function instructionTokens(session: Session, tokenizer: Tokenizer): number {
  return tokensOf(session.slice(0, 1), tokenizer) + 3;
}
