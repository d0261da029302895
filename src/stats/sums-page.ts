/** Sums of calls by what a question asks: one line for the tenant, or one an agent, a day, or both. */
import type { CallContext } from "../chat.ts";
import type { ListOptions } from "../core/contexts.ts";
import { tenantOf } from "../core/sharing/access.ts";
import { PromptCompilerError } from "../errors.ts";
import { toKey } from "../storage/key.ts";
import { type DayRange, dayOf, type LedgerRow } from "./ledger.ts";
import { pageByName } from "./page.ts";
import { addSums, type CallSums, NO_CALLS } from "./sums.ts";

/** Which sums. */
export interface SumsQuery extends ListOptions {
  /** What each line is of. @defaultValue "day" */
  readonly by?: "tenant" | "agent" | "day" | "agent-day" | undefined;
  /** The first day, in UTC, as "2026-11-24". @defaultValue 29 days before the last */
  readonly from?: string | undefined;
  /** The last day. @defaultValue today */
  readonly to?: string | undefined;
}

/** A line of sums. */
export interface SumsLine extends CallSums {
  readonly tenant: string;
  /** In UTC, where the lines are by day. */
  readonly day?: string | undefined;
  /** Where the lines are by agent; absent: calls that named none. */
  readonly agentId?: string | undefined;
}

export interface SumsPage {
  readonly lines: readonly SumsLine[];
  /** Where the next page begins; `undefined`: there is none. */
  readonly nextAfter: string | undefined;
}

const BY: ReadonlySet<unknown> = new Set<SumsQuery["by"]>(["tenant", "agent", "day", "agent-day"]);
const DEFAULT_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Adds up rows. @throws PromptCompilerError `PC_INVALID_REQUEST` naming what is wrong with the query */
export async function pageOfSums(
  rowsOf: (range: DayRange) => AsyncIterable<LedgerRow>,
  call: CallContext,
  query: SumsQuery,
  now: number,
): Promise<SumsPage> {
  const { by = "day" } = query;
  if (!BY.has(by)) throw invalid("by", `must be one of ${[...BY].join(", ")}`);
  const tenant = tenantOf(call);
  const lines = new Map<string, SumsLine>();
  for await (const { day, agentId, sums } of rowsOf(rangeOf(query, now))) {
    const place = {
      ...(by.endsWith("day") && { day }),
      ...(by.startsWith("agent") && agentId !== undefined && { agentId }),
    };
    const name = nameOf(place);
    lines.set(name, { tenant, ...place, ...addSums(lines.get(name) ?? NO_CALLS, sums) });
  }
  const { page, nextAfter } = pageByName(lines.values(), nameOf, query);
  return { lines: page, nextAfter };
}

function nameOf({ day = "", agentId = "" }: Pick<SumsLine, "day" | "agentId">): string {
  return toKey([day, agentId]);
}

function rangeOf({ from, to = "" }: SumsQuery, now: number): DayRange {
  const last = to === "" ? dayOf(now) : checkDay(to, "to");
  const first = from ?? dayOf(Math.max(0, Date.parse(last) - (DEFAULT_DAYS - 1) * DAY_MS));
  return { from: checkDay(first, "from"), to: last };
}

function checkDay(day: unknown, param: string): string {
  const isDay = typeof day === "string" && /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day));
  if (!isDay) throw invalid(param, 'must be a day as "2026-11-24"');
  return day;
}

function invalid(param: string, fault: string): PromptCompilerError {
  return new PromptCompilerError("PC_INVALID_REQUEST", `${param} ${fault}`, { param });
}
