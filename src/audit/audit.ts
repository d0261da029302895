/** Reads logs of calls that were made, and says what they cost, what the prompt cache missed, and what compiling would change. */
import type { BadLine, LoggedCall } from "./call.ts";
import { Ledger, type LedgerOptions } from "./ledger.ts";
import { readerFor } from "./readers/index.ts";
import { BadRecord, type LogReading } from "./readers/reader.ts";
import { readRecords } from "./records.ts";
import type { AuditedFile, AuditReport } from "./report.ts";

/** Of the lines of a file that cannot be read, so many are named. */
const MOST_NAMED = 5;

export interface AuditOptions extends LedgerOptions {
  /** Told after each record, how much of a file is read. */
  readonly onProgress?: ((path: string, read: number, size: number) => void) | undefined;
}

/** Audits files, one after the other. Sends nothing. @throws the error of the file system where one cannot be opened */
export async function audit(paths: readonly string[], options: AuditOptions): Promise<AuditReport> {
  const ledger = new Ledger(options);
  const files: AuditedFile[] = [];
  for (const path of paths) files.push(await auditFile(path, ledger, options));
  return { files, ...ledger.report() };
}

async function auditFile(path: string, ledger: Ledger, { onProgress }: AuditOptions): Promise<AuditedFile> {
  let format: string | undefined;
  let reading: LogReading | undefined;
  let lines = 0;
  let calls = 0;
  let badLines = 0;
  const firstBadLines: BadLine[] = [];

  function bad(line: number, reason: string): void {
    badLines += 1;
    if (firstBadLines.length < MOST_NAMED) firstBadLines.push({ line, reason });
  }

  async function enter(told: readonly LoggedCall[]): Promise<void> {
    for (const call of told) if (await ledger.enter(call, path)) calls += 1;
  }

  for await (const { line, value, reason, read, size } of readRecords(path)) {
    lines += 1;
    if (reading === undefined && reason === undefined) {
      const reader = readerFor(value);
      format = reader?.format;
      reading = reader?.open(path);
    }
    if (reason !== undefined) bad(line, reason);
    else await enter(tryPush(reading, value, line, bad));
    onProgress?.(path, read, size);
  }
  await enter(reading?.end() ?? []);
  return { path, format, lines, calls, badLines, firstBadLines };
}

function tryPush(
  reading: LogReading | undefined,
  value: unknown,
  line: number,
  bad: (line: number, reason: string) => void,
): readonly LoggedCall[] {
  try {
    return reading?.push(value, line) ?? [];
  } catch (error) {
    // What a line may say is not known to the end: one that cannot be understood is told of, and the rest is read.
    bad(line, error instanceof BadRecord ? error.message : "of another shape than this format has");
    return [];
  }
}
