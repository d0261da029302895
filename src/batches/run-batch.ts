/**
 * A batch, taken on from where it stands:
 *
 *     validating ──▶ in_progress ──▶ finalizing ──▶ completed     every line has ended
 *         │               │  └─────────▶ finalizing ──▶ expired    the window is over
 *         ▼               ▼
 *       failed        cancelling ──▶ cancelled                     from validating, too
 *
 * In progress, its lines go through our queue (`run-lines.ts`) or, all of them, through a vendor's own batch API
 * (`run-at-vendor.ts`).
 *
 * Each step is kept before the next begins, so that whoever comes after a process that died goes on with the step that it
 * was at. A line that has ended is never run again; at most the lines that were under way are.
 */

import type { BatchPlace } from "../scheduler/batch-place.ts";
import type { EventListener } from "../telemetry.ts";
import type { BatchRecord, BatchRef, Ending, VendorRecord } from "./batch-store.ts";
import { checkLines, ofFile } from "./check-lines.ts";
import type { FileStore } from "./file-store.ts";
import { type BatchError, FINAL, toSeconds } from "./objects.ts";
import { endAtVendor, runAtVendor } from "./run-at-vendor.ts";
import { type LineParts, runLines } from "./run-lines.ts";
import { writeResults } from "./write-results.ts";

/** What batches are run with. */
export interface BatchParts extends LineParts {
  readonly files: FileStore;
  readonly emit: EventListener;
  /** A deployment that takes the whole batch; `undefined`: there is none, or the calls need more than it does. */
  readonly placeFor: (record: BatchRecord, models: readonly string[]) => BatchPlace | undefined;
}

/** What may come between. */
export interface BatchSignals {
  /** This process ends: nothing new is begun, and the batch stays as it is for the next. */
  readonly stopped: AbortSignal;
  /** Somebody else may run the batch by now: whatever is under way is dropped. */
  readonly lost: AbortSignal;
  /** Somebody has cancelled it. */
  readonly cancelled: AbortSignal;
}

/** Runs a batch to its end, or until it is stopped or lost. @throws what the storage throws */
export async function runBatch(batch: BatchRef, parts: BatchParts, signals: BatchSignals): Promise<void> {
  const left = AbortSignal.any([signals.stopped, signals.lost]);
  while (!left.aborted) {
    const record = await parts.batches.get(batch);
    if (record === undefined || FINAL.has(record.object.status)) return parts.batches.close(batch);
    await takeStep(batch, record, parts, signals, left);
  }
}

async function takeStep(
  batch: BatchRef,
  record: BatchRecord,
  parts: BatchParts,
  signals: BatchSignals,
  left: AbortSignal,
): Promise<void> {
  if (record.ending !== undefined) return finish(batch, record, record.ending, parts, left);
  if (record.object.status === "cancelling") {
    await endAtVendor(batch, parts, left);
    return left.aborted ? undefined : beginEnding(batch, "cancelled", parts);
  }
  const content = await parts.files.read(batch.tenant, record.object.input_file_id);
  if (content === undefined) {
    return fail(batch, [ofFile("file_not_found", "The input file is gone.")], parts);
  }
  if (record.object.status === "validating") return validate(batch, record, content, parts);
  return runToEnd(batch, record, content, parts, signals);
}

async function validate(
  batch: BatchRef,
  { object, models }: BatchRecord,
  content: AsyncIterable<Uint8Array>,
  parts: BatchParts,
): Promise<void> {
  const { total, errors, models: asked } = await checkLines(content, { endpoint: object.endpoint, models });
  if (errors.length > 0) return fail(batch, errors, parts);
  const begun = await parts.batches.change(batch, (record) =>
    record.object.status === "validating"
      ? {
          ...record,
          total,
          vendor: vendorFor(record, asked, parts),
          object: { ...record.object, status: "in_progress", in_progress_at: now(parts) },
        }
      : undefined,
  );
  if (begun?.object.status === "in_progress") {
    parts.emit({ type: "batch-start", batchId: batch.id, lines: total });
  }
}

function vendorFor(
  record: BatchRecord,
  models: readonly string[] | undefined,
  { placeFor }: BatchParts,
): VendorRecord | undefined {
  const place = models && placeFor(record, models);
  return place && models && { deployment: place.deployment, models };
}

async function fail(batch: BatchRef, errors: readonly BatchError[], parts: BatchParts): Promise<void> {
  await parts.batches.change(batch, (record) =>
    record.object.status === "cancelling"
      ? undefined
      : {
          ...record,
          object: {
            ...record.object,
            status: "failed",
            failed_at: now(parts),
            errors: { object: "list", data: errors },
          },
        },
  );
  parts.emit({ type: "batch-end", batchId: batch.id, outcome: "failed", completed: 0, failed: 0 });
}

async function runToEnd(
  batch: BatchRef,
  record: BatchRecord,
  content: AsyncIterable<Uint8Array>,
  parts: BatchParts,
  { stopped, lost, cancelled }: BatchSignals,
): Promise<void> {
  const expired = new AbortController();
  const over = new AbortController();
  const windowMs = record.object.expires_at * 1000 - parts.clock.now();
  if (windowMs <= 0) expired.abort();
  const expiry = parts.clock.sleep(windowMs, over.signal).then(
    () => expired.abort(),
    () => undefined,
  );
  const aborted = AbortSignal.any([lost, cancelled, expired.signal]);
  let allEnded = false;
  try {
    allEnded =
      record.vendor === undefined
        ? await runLines(batch, record, content, parts, { stopped, aborted })
        : await runAtVendor(batch, record, content, parts, {
            left: AbortSignal.any([stopped, aborted]),
            lost,
          });
  } finally {
    over.abort();
    await expiry;
  }
  if (stopped.aborted || lost.aborted || cancelled.aborted) return;
  if (allEnded) return beginEnding(batch, "completed", parts);
  if (!expired.signal.aborted) return;
  const left = AbortSignal.any([stopped, lost]);
  await endAtVendor(batch, parts, left);
  if (!left.aborted) await beginEnding(batch, "expired", parts);
}

/** From here on no line is run. A batch that is being cancelled is not ended otherwise. */
async function beginEnding(batch: BatchRef, status: Ending["status"], parts: BatchParts): Promise<void> {
  const outputFileId = parts.files.newId();
  const errorFileId = parts.files.newId();
  await parts.batches.change(batch, (record) => {
    const ending: Ending = { status, outputFileId, errorFileId };
    if (status === "cancelled") return { ...record, ending };
    if (record.object.status !== "in_progress") return undefined;
    return {
      ...record,
      ending,
      object: { ...record.object, status: "finalizing", finalizing_at: now(parts) },
    };
  });
}

async function finish(
  batch: BatchRef,
  record: BatchRecord,
  ending: Ending,
  parts: BatchParts,
  left: AbortSignal,
): Promise<void> {
  const results = await writeResults(batch, record, ending, parts, left).catch((error: unknown) => {
    if (left.aborted) return undefined;
    throw error;
  });
  if (results === undefined) return;
  const { output_file_id, error_file_id, completed, failed } = results;
  await parts.batches.saveCounts(batch, { completed, failed });
  await parts.batches.change(batch, (current) => ({
    ...current,
    object: {
      ...current.object,
      status: ending.status,
      [`${ending.status}_at`]: now(parts),
      output_file_id,
      error_file_id,
    },
  }));
  parts.emit({ type: "batch-end", batchId: batch.id, outcome: ending.status, completed, failed });
}

function now({ clock }: BatchParts): number {
  return toSeconds(clock.now());
}
