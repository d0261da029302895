import type { Clock } from "../clock.ts";
import type { Storage } from "../storage/storage.ts";
import type { EventListener } from "../telemetry.ts";
import type { MakeCall } from "./ask-line.ts";
import { BatchLeases } from "./batch-lease.ts";
import { BatchRunner } from "./batch-runner.ts";
import { BatchStore } from "./batch-store.ts";
import { type Batches, type BatchesOptions, batchesDefaults, createBatches } from "./batches.ts";
import { FileStore } from "./file-store.ts";
import { createFiles, type Files } from "./files.ts";
import { type BatchParts, runBatch } from "./run-batch.ts";
import { Slots } from "./slots.ts";

/** Files, batches, and what runs them. */
export interface DurableBatches {
  readonly files: Files;
  readonly batches: Batches;
  /** Begins no further line, waits for those under way, and leaves every batch to whoever comes next. */
  close(): Promise<void>;
}

interface DurableBatchesParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly makeCall: MakeCall;
  readonly placeFor: BatchParts["placeFor"];
  readonly options: BatchesOptions | undefined;
}

/** Batches in a storage. Opens nothing and starts nothing before one is asked for. */
export function createDurableBatches(parts: DurableBatchesParts): DurableBatches {
  const { storage, clock, emit, makeCall, placeFor, options } = parts;
  const { concurrency = batchesDefaults.concurrency, leaseMs = batchesDefaults.leaseMs } = options ?? {};
  const now = (): number => clock.now();
  const files = new FileStore(storage, now);
  const batches = new BatchStore(storage);
  const slots = new Slots(concurrency);
  const runner = new BatchRunner({
    batches,
    leases: new BatchLeases(storage, leaseMs),
    leaseMs,
    clock,
    emit,
    run: (batch, signals) =>
      runBatch(batch, { batches, files, clock, emit, makeCall, placeFor, slots, concurrency }, signals),
  });
  return {
    files: createFiles(files, batches),
    batches: createBatches({ batches, files, now, runner }),
    close: () => runner.close(),
  };
}
