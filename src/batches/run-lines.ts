/**
 * The lines of a batch, a few at a time, in the order of the file. A line whose end is kept is not run again; one that is
 * left, because the batch is cancelled or expires, or its process ends, leaves no trace.
 *
 *     stopped     no further line is begun; those under way go on to their end, and are kept
 *     aborted     those under way are dropped
 */
import { setMaxListeners } from "node:events";
import type { CallContext } from "../chat.ts";
import type { Clock } from "../clock.ts";
import { askLine, type MakeCall, outputId } from "./ask-line.ts";
import { type BatchLine, MAX_LINE_BYTES, readLine, WIRES } from "./batch-line.ts";
import { type BatchRecord, type BatchRef, type BatchStore, counted, type Tally } from "./batch-store.ts";
import { linesOf } from "./file-lines.ts";
import type { Slots } from "./slots.ts";

/** What lines are run with. */
export interface LineParts {
  readonly batches: BatchStore;
  readonly clock: Clock;
  readonly makeCall: MakeCall;
  /** Places for lines under way, in all batches of this process. */
  readonly slots: Slots;
  /** Lines of one batch under way at once. */
  readonly concurrency: number;
}

/**
 * @param signals - see above
 * @returns whether every line has ended
 * @throws what the storage throws; then, too, no line is under way any more
 */
export async function runLines(
  batch: BatchRef,
  record: BatchRecord,
  content: AsyncIterable<Uint8Array>,
  parts: LineParts,
  signals: { readonly stopped: AbortSignal; readonly aborted: AbortSignal },
): Promise<boolean> {
  const { batches, clock, makeCall, slots, concurrency } = parts;
  const { endpoint } = record.object;
  const context: CallContext = { ...record.context, tenant: batch.tenant };
  const { ended, counts } = await readEnded(batch, batches);
  let tally = counts;
  // Counted anew: a process that was killed may have been about to.
  await batches.saveCounts(batch, tally);

  const failing = new AbortController();
  const leave = AbortSignal.any([signals.stopped, signals.aborted, failing.signal]);
  for (const signal of [leave, signals.aborted]) setMaxListeners(0, signal);
  const lines = linesToRun(record, content, ended);

  const run = async (line: BatchLine, number: number): Promise<void> => {
    const output = await askLine(line, {
      id: outputId(batch, number),
      wire: WIRES[endpoint],
      context,
      clock,
      makeCall,
      abort: signals.aborted,
      leave,
    });
    if (output === undefined) return;
    tally = counted(tally, output);
    await batches.saveLine(batch, number, output, tally);
  };

  const work = async (): Promise<void> => {
    while (await hasPlace(slots, leave)) {
      try {
        const { value, done } = await lines.next();
        if (done || leave.aborted) return;
        await run(value.line, value.number);
      } catch (error) {
        failing.abort();
        throw error;
      } finally {
        slots.leave();
      }
    }
  };

  const workers = await Promise.allSettled(Array.from({ length: concurrency }, work));
  await lines.return(undefined);
  const failed = workers.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  return !leave.aborted;
}

/** Waits for a place. @returns whether there is one; `false`: nothing more is to be run */
function hasPlace(slots: Slots, leave: AbortSignal): Promise<boolean> {
  return slots.take(leave).then(
    () => true,
    () => false,
  );
}

/** Which lines have ended, and how many how. */
export async function readEnded(
  batch: BatchRef,
  batches: BatchStore,
): Promise<{ readonly ended: ReadonlySet<number>; readonly counts: Tally }> {
  const ended = new Set<number>();
  let counts: Tally = { completed: 0, failed: 0 };
  for await (const [number, line] of batches.lines(batch)) {
    ended.add(number);
    counts = counted(counts, line);
  }
  return { ended, counts };
}

interface NumberedLine {
  readonly line: BatchLine;
  /** Its place in the file, counted from 0, blank lines left out. */
  readonly number: number;
}

async function* linesToRun(
  { object, models }: BatchRecord,
  content: AsyncIterable<Uint8Array>,
  ended: ReadonlySet<number>,
): AsyncGenerator<NumberedLine, undefined> {
  let number = -1;
  for await (const each of linesOf(content, MAX_LINE_BYTES)) {
    number += 1;
    if (ended.has(number)) continue;
    // The whole file was looked through before: every line of it can be run.
    const line = readLine(each, { endpoint: object.endpoint, models });
    if ("customId" in line) yield { line, number };
  }
  return undefined;
}
