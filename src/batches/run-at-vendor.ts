/**
 * The lines of a batch through a vendor's own batch API: uploaded with the models as they are sent, begun there, asked
 * for with a growing wait, and kept as ours when they have ended.
 *
 *     begun there ──▶ running ──▶ ended ──▶ every result is kept, as if we had run the line
 *          │                         ▲
 *          │                         └── cancelled by us: what it has by then
 *          └──▶ refused, or gone: our own queue takes the lines that have not ended
 *
 * The vendor's id is kept as soon as it is known. A process that is killed between the two has begun a batch at the vendor
 * that nobody looks for: its lines are asked twice. A failure that passes breaks off the run, and a later one goes on.
 */
import type { Clock } from "../clock.ts";
import { isProviderError } from "../errors.ts";
import type { BatchPlace } from "../scheduler/batch-place.ts";
import { reactions } from "../scheduler/failure.ts";
import type { VendorBatch, VendorCall } from "../scheduler/providers/provider.ts";
import type { EventListener } from "../telemetry.ts";
import { asCount, asRecord, asString, decodeText, parseRecord } from "../wires/read.ts";
import { outputId } from "./ask-line.ts";
import { MAX_LINE_BYTES, type OutputLine, readLine, WIRES } from "./batch-line.ts";
import {
  type BatchRecord,
  type BatchRef,
  type BatchStore,
  counted,
  type VendorRecord,
} from "./batch-store.ts";
import { linesOf } from "./file-lines.ts";
import type { FileStore } from "./file-store.ts";
import { readEnded } from "./run-lines.ts";
import { within } from "./within.ts";

/** The wait before the vendor is asked again: the first, and the longest. */
const WAITS = { firstMs: 2_000, mostMs: 60_000, growth: 1.5 };

/** How long the vendor may take for an upload, a question, and to hand out all results. */
const TIMEOUTS = { beginMs: 600_000, lookMs: 60_000, resultsMs: 3_600_000 };

/** What it is done with. */
export interface VendorParts {
  readonly batches: BatchStore;
  readonly files: FileStore;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly placeFor: (record: BatchRecord, models: readonly string[]) => BatchPlace | undefined;
}

/**
 * @param signals - `left` leaves the batch at the vendor, as it is; `lost` even while it is begun there, which is otherwise
 *   waited for: what was begun and not kept would run with nobody to cancel it
 * @returns whether the vendor has ended it, and all its results are kept
 * @throws ProviderError for a failure that passes; what the storage throws
 */
export async function runAtVendor(
  batch: BatchRef,
  record: BatchRecord,
  content: AsyncIterable<Uint8Array>,
  parts: VendorParts,
  { left, lost }: { readonly left: AbortSignal; readonly lost: AbortSignal },
): Promise<boolean> {
  const { vendor } = record;
  const place = vendor && parts.placeFor(record, vendor.models);
  if (vendor === undefined || place?.deployment !== vendor.deployment) return giveUp(batch, parts);
  try {
    const id = vendor.id ?? (await beginThere(batch, record, vendor, content, place, parts, lost));
    const seen = await untilEnded(batch, id, place, parts, left);
    if (seen.state === "refused") return await giveUp(batch, parts);
    await keepResults(batch, record, seen, place, parts, left);
    return true;
  } catch (error) {
    if (left.aborted) return false;
    if (!isProviderError(error) || reactions[error.kind].retryable) throw error;
    parts.emit({ type: "degraded", callId: undefined, what: "batch", error });
    return giveUp(batch, parts);
  }
}

/** Ends a batch at the vendor's, if it is there, and keeps what it has by then. */
export async function endAtVendor(batch: BatchRef, parts: VendorParts, signal: AbortSignal): Promise<void> {
  // As it is now: it may have been begun there just before.
  const record = await parts.batches.get(batch);
  const place = record?.vendor && parts.placeFor(record, record.vendor.models);
  const id = record?.vendor?.id;
  if (record === undefined || place === undefined || id === undefined) return;
  try {
    // One that has ended by itself cannot be cancelled: it has its results all the same.
    await within(TIMEOUTS.lookMs, parts.clock, signal, (inTime) => place.api.cancel(id, inTime)).catch(
      () => undefined,
    );
    const seen = await untilEnded(batch, id, place, parts, signal);
    await keepResults(batch, record, seen, place, parts, signal);
  } catch (error) {
    if (signal.aborted) return;
    if (!isProviderError(error) || reactions[error.kind].retryable) throw error;
    parts.emit({ type: "degraded", callId: undefined, what: "batch", error });
  }
}

/** @returns the vendor's id, which is kept */
async function beginThere(
  batch: BatchRef,
  record: BatchRecord,
  vendor: VendorRecord,
  content: AsyncIterable<Uint8Array>,
  place: BatchPlace,
  { batches, clock }: VendorParts,
  lost: AbortSignal,
): Promise<string> {
  const id = await within(TIMEOUTS.beginMs, clock, lost, (signal) =>
    place.api.begin(WIRES[record.object.endpoint], callsOf(record, content, place), signal),
  );
  await batches.change(batch, (current) => ({ ...current, vendor: { ...vendor, id } }));
  return id;
}

/** Our own queue takes it. */
async function giveUp(batch: BatchRef, { batches }: VendorParts): Promise<false> {
  await batches.change(batch, (current) => ({ ...current, vendor: undefined }));
  return false;
}

async function* callsOf(
  { object, models }: BatchRecord,
  content: AsyncIterable<Uint8Array>,
  place: BatchPlace,
): AsyncGenerator<VendorCall> {
  for await (const each of linesOf(content, MAX_LINE_BYTES)) {
    const line = readLine(each, { endpoint: object.endpoint, models });
    if ("customId" in line) yield { customId: line.customId, body: place.toSent(line.body) };
  }
}

async function untilEnded(
  batch: BatchRef,
  id: string,
  { api }: BatchPlace,
  { batches, clock }: VendorParts,
  signal: AbortSignal,
): Promise<VendorBatch> {
  for (let waitMs = WAITS.firstMs; ; waitMs = Math.min(waitMs * WAITS.growth, WAITS.mostMs)) {
    const seen = await within(TIMEOUTS.lookMs, clock, signal, (inTime) => api.look(id, inTime));
    if (seen.state !== "running") return seen;
    await batches.saveCounts(batch, { completed: seen.completed, failed: seen.failed });
    await clock.sleep(waitMs, signal);
  }
}

async function keepResults(
  batch: BatchRef,
  record: BatchRecord,
  { files: fileIds }: VendorBatch,
  { api }: BatchPlace,
  { batches, files, clock }: VendorParts,
  signal: AbortSignal,
): Promise<void> {
  const { ended, counts } = await readEnded(batch, batches);
  const numbers = await numbersOf(batch, record, files);
  let tally = counts;
  const keepFile = async (results: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const { bytes } of linesOf(results, MAX_LINE_BYTES)) {
      const line = bytes && parseRecord(decodeText(bytes));
      const number = numbers.get(asString(line?.["custom_id"]) ?? "");
      if (line === undefined || number === undefined || ended.has(number)) continue;
      const output = toOutput(line, outputId(batch, number));
      tally = counted(tally, output);
      await batches.saveLine(batch, number, output, tally);
    }
  };
  for (const id of fileIds) {
    await within(TIMEOUTS.resultsMs, clock, signal, (inTime) => keepFile(api.results(id, inTime)));
  }
}

/** The place of each line in the file, by its custom id. */
async function numbersOf(
  { tenant }: BatchRef,
  { object, models }: BatchRecord,
  files: FileStore,
): Promise<ReadonlyMap<string, number>> {
  const numbers = new Map<string, number>();
  const input = await files.read(tenant, object.input_file_id);
  let number = 0;
  for await (const each of input === undefined ? [] : linesOf(input, MAX_LINE_BYTES)) {
    const line = readLine(each, { endpoint: object.endpoint, models });
    if ("customId" in line) numbers.set(line.customId, number);
    number += 1;
  }
  return numbers;
}

/** What a vendor says may be anything. */
function toOutput(line: Readonly<Record<string, unknown>>, id: string): OutputLine {
  const response = asRecord(line["response"]);
  const error = asRecord(line["error"]);
  return {
    id,
    custom_id: asString(line["custom_id"]) ?? "",
    response: response
      ? {
          status_code: asCount(response["status_code"]) ?? 500,
          request_id: asString(response["request_id"]) ?? "",
          body: response["body"] ?? null,
        }
      : null,
    error:
      response && !error
        ? null
        : {
            code: asString(error?.["code"]) ?? "vendor_error",
            message: asString(error?.["message"]) ?? "The vendor did not run this line.",
          },
  };
}
