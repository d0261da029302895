import { countMessage } from "../../../src/core/message-tokens.ts";
import type { Tokenizer } from "../../../src/tokenizer.ts";
import { codecFor } from "../../../src/wires/index.ts";
import type { BenchData } from "../data.ts";
import { OURS } from "../evidence.ts";
import { measureSession, type Policy, type SessionFigures } from "./measure.ts";
import {
  bestGroups,
  clearedResults,
  compiled,
  everything,
  recentGroups,
  recentWindow,
  trimmed,
} from "./policies.ts";
import {
  type OpenHandsRun,
  openHandsSession,
  type Session,
  type SweAgentRun,
  sweAgentSession,
  tauSessions,
} from "./sessions.ts";

/** Sessions of one kind, and the tokens of a call's budget that are for its history. */
export interface Traces {
  readonly set: string;
  /** Told with each measure. */
  readonly kind: string;
  readonly sessions: readonly Session[];
  readonly historyTokens: number;
}

/** The kinds of sessions that the data has, the longest first. */
export async function readTraces(data: BenchData): Promise<readonly Traces[]> {
  const found: Traces[] = [];
  for (const file of await data.files(/^tau-bench-airline.*\.json$/)) {
    const told = await file.json<readonly { readonly traj: Session }[]>();
    for (const [tasks, historyTokens] of [
      [6, 5000],
      [16, 8000],
    ] as const) {
      const sessions = tauSessions(told, tasks);
      found.push({ set: file.stem, kind: `${tasks} joined tasks`, sessions, historyTokens });
    }
  }
  for (const file of await data.files(/^openhands-.*\.jsonl$/)) {
    const sessions = (await file.lines<OpenHandsRun>()).map(openHandsSession);
    found.push({ set: file.stem, kind: "", sessions, historyTokens: 32_000 });
  }
  const runs = await data.files(/^swe-agent\/.*\.traj$/);
  const sessions = await Promise.all(
    runs.map(async (file) => sweAgentSession(await file.json<SweAgentRun>())),
  );
  found.push({ set: "swe-agent", kind: "", sessions, historyTokens: 8000 });
  return found;
}

/** Each method, and what it comes to in each session: the others keep as many tokens as ours keeps on average. */
export async function measureAll(
  sessions: readonly Session[],
  historyTokens: number,
  tokenizer: Tokenizer,
): Promise<readonly (readonly [string, readonly SessionFigures[]])[]> {
  const figuresOf = (policyOf: (session: Session) => Policy): Promise<readonly SessionFigures[]> =>
    Promise.all(sessions.map((session) => measureSession(session, policyOf(session), tokenizer)));
  const ours = await figuresOf((session) =>
    compiled(session, instructionTokens(session, tokenizer) + historyTokens),
  );
  const room = Math.round(ours.reduce((sum, each) => sum + each.historyTokens, 0) / ours.length);
  return [
    ["everything", await figuresOf(everything)],
    ["recent", await figuresOf(() => recentWindow(room, tokenizer))],
    ["trimMessages", await figuresOf(() => trimmed(room, tokenizer))],
    ["recent groups", await figuresOf(() => recentGroups(room, tokenizer))],
    ["bm25", await figuresOf(() => bestGroups(room, tokenizer))],
    ["clear results", await figuresOf(clearedResults)],
    [OURS, ours],
  ];
}

export function tokensOf(messages: Session, tokenizer: Tokenizer): number {
  return codecFor("chat")
    .messages({ messages })
    .reduce((sum, message) => sum + countMessage(message, tokenizer), 0);
}

/** The system prompt and what primes the reply: no tools are sent along. */
function instructionTokens(session: Session, tokenizer: Tokenizer): number {
  return tokensOf(session.slice(0, 1), tokenizer) + 3;
}
