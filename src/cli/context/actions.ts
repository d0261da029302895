/** What `prompt-compiler context` does, an action each. */
import type { CallContext } from "../../chat.ts";
import type { ContextItem, ForgetSubject } from "../../index.ts";
import { type Terminal, UsageError } from "../command.ts";
import { toTable } from "../table.ts";
import { linesOf } from "./input-lines.ts";
import { progressOf } from "./progress.ts";
import type { ContextDoor } from "./through-server.ts";

/** What an action is told. */
export interface Task {
  readonly contexts: ContextDoor;
  readonly call: CallContext;
  readonly argument: string | undefined;
  readonly all: boolean;
  readonly limit: number;
  readonly json: boolean;
  readonly terminal: Terminal;
}

/** By the name under which it is typed. */
export const ACTIONS: Readonly<Record<string, (task: Task) => Promise<void>>> = {
  async list({ contexts, call, limit, json, terminal }) {
    const { items } = await contexts.list(needAgent(call), { limit });
    show(items, json, terminal);
  },
  async search({ contexts, call, argument, limit, json, terminal }) {
    const hits = await contexts.search(need(argument, "a question"), needAgent(call), { limit });
    show(
      hits.map(({ item }) => item),
      json,
      terminal,
    );
  },
  async export({ contexts, call, terminal }) {
    const lines = contexts.export(call, progressOf(terminal, "exported"));
    for await (const line of lines) terminal.print(line);
    terminal.showProgress("");
  },
  async import({ contexts, call, argument, terminal }) {
    const { lines, share } = linesOf(need(argument, "a file, or - for standard input"), terminal);
    const { written, existing } = await contexts.import(lines, call, progressOf(terminal, "imported", share));
    terminal.showProgress("");
    terminal.print(`${written} entries are new, ${existing} were there already`);
  },
  async forget({ contexts, call: { tenant, agentId }, argument, all, terminal }) {
    const subject = subjectOf(argument, agentId, all);
    const receipt = await contexts.forget(subject, { tenant }, progressOf(terminal, "forgotten"));
    terminal.showProgress("");
    const rows = Object.entries(receipt).map(([what, count]) => [String(count), what]);
    for (const line of toTable(rows)) terminal.print(line);
  },
};

function need(argument: string | undefined, what: string): string {
  if (argument === undefined) throw new UsageError(`this needs ${what}; see prompt-compiler context --help`);
  return argument;
}

function needAgent(call: CallContext): CallContext {
  if (call.agentId === undefined) throw new UsageError("an agent reads: say which with --agent");
  return call;
}

function subjectOf(id: string | undefined, agentId: string | undefined, all: boolean): ForgetSubject {
  const named = [id !== undefined, agentId !== undefined, all].filter(Boolean).length;
  if (named !== 1) throw new UsageError("forget takes an id, --agent, or --all: one of them");
  if (id !== undefined) return { id };
  return agentId === undefined ? { tenant: true } : { agentId };
}

function show(items: readonly ContextItem[], json: boolean, { print }: Terminal): void {
  if (json) for (const item of items) print(JSON.stringify(item));
  if (json) return;
  const rows = items.map(({ id, agentId, createdAt, content }) => [
    id,
    agentId,
    new Date(createdAt).toISOString().slice(0, 10),
    content.replace(/\s+/g, " ").slice(0, SHOWN_CHARACTERS),
  ]);
  for (const line of toTable([["id", "agent", "created", "content"], ...rows])) print(line);
}

/** Of a content, in a table. */
const SHOWN_CHARACTERS = 80;
