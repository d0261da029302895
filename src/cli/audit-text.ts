/** An audit in words, tables and bars. */
import { barsOf, formatCost, formatCount, toTextBar } from "../audit/figure.ts";
import type { AuditedFile, AuditReport } from "../audit/report.ts";
import { toTable } from "./table.ts";

export function describeAudit(report: AuditReport): readonly string[] {
  return [
    ...describeFiles(report),
    ...describePaid(report),
    ...describeMissed(report),
    ...describeCompiled(report),
  ];
}

function describeFiles({ files, calls, conversations, repeatedCalls }: AuditReport): readonly string[] {
  const formats = [...new Set(files.flatMap(({ format }) => format ?? []))];
  const repeated = repeatedCalls > 0 ? `; ${formatCount(repeatedCalls)} more are told of twice` : "";
  const of = formats.length > 0 ? ` (${formats.join(", ")})` : "";
  return [
    `${formatCount(calls)} calls in ${formatCount(conversations)} conversations, from ${formatCount(files.length)} files${of}${repeated}`,
    ...files.flatMap(describeTrouble),
  ];
}

function describeTrouble({ path, format, badLines, firstBadLines }: AuditedFile): readonly string[] {
  const unknown = format === undefined ? [`not read: ${path} is of no known format`] : [];
  const named = firstBadLines.map(({ line, reason }) => `${line} (${reason})`).join(", ");
  const more = badLines > firstBadLines.length ? ", …" : "";
  return badLines === 0
    ? unknown
    : [...unknown, `not read: ${formatCount(badLines)} lines of ${path}: ${named}${more}`];
}

function describePaid({
  paid,
  paidInAll,
  calls,
  callsWithoutUsage,
  unpricedModels,
}: AuditReport): readonly string[] {
  if (calls === callsWithoutUsage) return ["", "What was paid is not in these logs."];
  const most = Math.max(...paid.map(({ cost }) => cost.plainTokens));
  const rows = paid.map(({ kind, tokens, cost }) => [
    kind,
    formatCount(tokens),
    formatCost(cost),
    toTextBar(most === 0 ? 0 : cost.plainTokens / most / 2),
  ]);
  const all = paid.reduce((sum, { tokens }) => sum + tokens, 0);
  return [
    "",
    ...toTable([
      ["paid", "tokens", "cost", ""],
      ...rows,
      ["in all", formatCount(all), formatCost(paidInAll), ""],
    ]),
    ...(callsWithoutUsage > 0
      ? [`of ${formatCount(callsWithoutUsage)} calls the logs do not say what was charged`]
      : []),
    ...(unpricedModels.length > 0
      ? [`no price is known of ${unpricedModels.join(", ")}: their money is in no sum (--prices)`]
      : []),
  ];
}

function describeMissed({ missed }: AuditReport): readonly string[] {
  if (missed.length === 0) return ["", "The prompt cache missed nothing that these logs show."];
  const rows = missed.map(({ reason, calls, tokens, cost, example }) => [
    reason,
    formatCount(calls),
    formatCount(tokens),
    formatCost(cost),
    `${example.path}:${example.line}: ${example.detail}`,
  ]);
  return ["", ...toTable([["missed", "calls", "tokens", "cost more", "the dearest"], ...rows])];
}

function describeCompiled(report: AuditReport): readonly string[] {
  const { asSent, compiled } = report;
  const changed = compiled.filter(({ tokens }) => tokens !== asSent.tokens);
  const unfit = compiled
    .filter(({ tooLarge }) => tooLarge > 0)
    .map(
      ({ tooLarge, maxInputTokens }) =>
        `${formatCount(tooLarge)} calls do not fit into ${formatCount(maxInputTokens)} tokens, and went as they were`,
    );
  if (changed.length === 0) return ["", ...unfit, "Compiling into these budgets would have changed nothing."];
  const bars = barsOf(report);
  const rows = [asSent, ...changed].map((course, index) => [
    bars[index]?.label ?? "",
    formatCount(course.tokens),
    percent(course.keptTokens, course.comparedTokens),
    bars[index]?.value ?? "",
    toTextBar(bars[index]?.share ?? 0),
  ]);
  const best = changed.reduce((least, each) => (each.costIndex < least.costIndex ? each : least));
  return [
    "",
    ...toTable([["input, net of the cache", "tokens", "prefix kept", "cost", ""], ...rows]),
    ...unfit,
    "",
    best.costIndex < 1
      ? `Compiled to ${formatCount(best.maxInputTokens)} tokens the input would have cost ${Math.round(100 * (1 - best.costIndex))} % less: ${formatCost(best.saved)}.`
      : "At none of these budgets would compiling have saved money: the prompt cache pays for what it would cut.",
  ];
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "" : `${((100 * part) / whole).toFixed(1)} %`;
}
