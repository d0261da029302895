/**
 * Batches, as callers have them: many calls in a file, run behind everything that has some hurry, over restarts of the
 * process, and by one process of those that share a storage.
 */
import type { CallContext } from "../chat.ts";
import { callerOf, reaches } from "../core/sharing/access.ts";
import { PromptCompilerError } from "../errors.ts";
import { WIRES } from "./batch-line.ts";
import type { BatchRecord, BatchStore } from "./batch-store.ts";
import { readExpiry } from "./expiry.ts";
import type { FileStore } from "./file-store.ts";
import { newOrderedId } from "./ids.ts";
import {
  type BatchEndpoint,
  type BatchObject,
  FINAL,
  type FileExpiry,
  type ListPage,
  type ListQuery,
  toSeconds,
} from "./objects.ts";

/** How batches are run. */
export interface BatchesOptions {
  /** Lines under way at once, in all batches of this process. @defaultValue 4 */
  readonly concurrency?: number | undefined;
  /**
   * Milliseconds after which the batches of a process that died are taken over: by another one on the same storage, or
   * by the same one after its restart.
   *
   * @defaultValue 15_000
   */
  readonly leaseMs?: number | undefined;
}

/** What an option of `batches` is when it is left out. */
export const batchesDefaults = { concurrency: 4, leaseMs: 15_000 };

/** Many calls in a file. What is not there, or not the caller's to see, is `undefined`. */
export interface Batches {
  /**
   * Begins a batch: what comes of it is asked with `get`, or heard in events.
   *
   * @throws PromptCompilerError `PC_INVALID_REQUEST` naming the field
   */
  create(batch: NewBatch, call?: BatchesCall): Promise<BatchObject>;

  get(id: string, call?: CallContext): Promise<BatchObject | undefined>;

  /** The newest first. */
  list(query?: ListQuery, call?: CallContext): Promise<ListPage<BatchObject>>;

  /**
   * Drops the calls under way and begins no more. What has ended is in the batch's files.
   *
   * @throws PromptCompilerError `PC_INVALID_REQUEST` if it is at its end
   */
  cancel(id: string, call?: CallContext): Promise<BatchObject | undefined>;

  /**
   * Takes on, in the background, the batches that a process has left: `serve` does so at its start, middleware with its
   * first request. Costs nothing where it was done within `leaseMs`.
   */
  resume(): void;
}

/** A batch to be begun. */
export interface NewBatch {
  readonly input_file_id: string;
  /** The URL of every line. */
  readonly endpoint: BatchEndpoint;
  readonly completion_window: "24h";
  /** At most 16 short texts, kept with it. */
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  /** When its output files are gone, from an hour to 30 days after they were written. @defaultValue after 30 days */
  readonly output_expires_after?: FileExpiry | null | undefined;
}

/** Who begins a batch, and what holds for every call of it. */
export interface BatchesCall extends Omit<CallContext, "deadlineMs" | "explain" | "signal"> {
  /** Place in the queue of each call. @defaultValue -100 */
  readonly priority?: number | undefined;
  /** Models that lines may ask for, with `*` for any characters. @defaultValue all */
  readonly models?: readonly string[] | undefined;
}

/** Behind calls that name no priority. */
export const BATCH_PRIORITY = -100;

const WINDOW_SECONDS = 24 * 60 * 60;

interface BatchesParts {
  readonly batches: BatchStore;
  readonly files: FileStore;
  readonly now: () => number;
  readonly runner: {
    resume(): void;
    look(): void;
    cancel(batch: { readonly tenant: string; readonly id: string }): void;
  };
}

export function createBatches({ batches, files, now, runner }: BatchesParts): Batches {
  const find = async (id: string, call: CallContext): Promise<BatchRecord | undefined> => {
    const record = await batches.get({ tenant: callerOf(call).tenant, id });
    return record && reaches(call, record.context.agentId) ? record : undefined;
  };

  return {
    async create(given, call = {}) {
      const { tenant, agentId, sessionId } = callerOf(call);
      const { agents, group, share, maxInputTokens, cache, priority = BATCH_PRIORITY, models } = call;
      const batch = checkBatch(given);
      const file = await files.get(tenant, batch.input_file_id);
      if (file?.object.purpose !== "batch" || !reaches(call, file.agentId)) {
        throw invalid(
          "input_file_id",
          `there is no file ${quote(batch.input_file_id)} to run`,
          "file_not_found",
        );
      }
      const nowMs = now();
      const createdAt = toSeconds(nowMs);
      const record: BatchRecord = {
        object: {
          id: newOrderedId("batch_", nowMs),
          object: "batch",
          endpoint: batch.endpoint,
          errors: null,
          input_file_id: batch.input_file_id,
          completion_window: "24h",
          status: "validating",
          output_file_id: null,
          error_file_id: null,
          created_at: createdAt,
          in_progress_at: null,
          expires_at: createdAt + WINDOW_SECONDS,
          finalizing_at: null,
          completed_at: null,
          failed_at: null,
          expired_at: null,
          cancelling_at: null,
          cancelled_at: null,
          metadata: batch.metadata ?? null,
        },
        context: { agentId, agents, sessionId, group, share, maxInputTokens, cache, priority },
        models,
        keptSeconds: readExpiry(given.output_expires_after, "output_expires_after"),
        total: 0,
      };
      const begun = await batches.add(tenant, record);
      runner.look();
      return begun;
    },

    async get(id, call = {}) {
      const record = await find(id, call);
      return record && batches.toObject(callerOf(call).tenant, record);
    },

    list: async (query = {}, call = {}) =>
      batches.list(callerOf(call).tenant, query, ({ context }) => reaches(call, context.agentId)),

    async cancel(id, call = {}) {
      const { tenant } = callerOf(call);
      if ((await find(id, call)) === undefined) return undefined;
      const record = await batches.change({ tenant, id }, ({ object, ending, ...rest }) => {
        if (FINAL.has(object.status)) {
          throw invalid("batch_id", `batch ${id} is ${object.status} already`, "invalid_batch_status");
        }
        if (object.status === "cancelling" || ending !== undefined) return undefined;
        return { ...rest, object: { ...object, status: "cancelling", cancelling_at: toSeconds(now()) } };
      });
      if (record === undefined) return undefined;
      runner.cancel({ tenant, id });
      runner.look();
      return batches.toObject(tenant, record);
    },

    resume: () => runner.resume(),
  };
}

const MOST_METADATA = 16;
const LONGEST_METADATA_KEY = 64;
const LONGEST_METADATA_VALUE = 512;

/** What callers over HTTP say may be anything. */
function checkBatch(given: { readonly [field in keyof NewBatch]?: unknown }): NewBatch {
  const { input_file_id, endpoint, completion_window, metadata } = given;
  if (typeof input_file_id !== "string" || input_file_id === "") {
    throw invalid("input_file_id", "must be the id of an uploaded file", "missing_required_parameter");
  }
  if (!isEndpoint(endpoint)) {
    throw invalid("endpoint", `must be ${Object.keys(WIRES).join(" or ")}, got ${quote(endpoint)}`);
  }
  if (completion_window !== "24h") {
    throw invalid("completion_window", `must be "24h", got ${quote(completion_window)}`);
  }
  if (metadata !== undefined && metadata !== null && !isMetadata(metadata)) {
    throw invalid(
      "metadata",
      `must be an object of at most ${MOST_METADATA} texts, of at most ${LONGEST_METADATA_VALUE} characters, under keys of at most ${LONGEST_METADATA_KEY}`,
    );
  }
  return { input_file_id, endpoint, completion_window, metadata };
}

function isEndpoint(value: unknown): value is BatchEndpoint {
  return typeof value === "string" && Object.hasOwn(WIRES, value);
}

function isMetadata(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MOST_METADATA &&
    entries.every(
      ([key, text]) =>
        key.length <= LONGEST_METADATA_KEY &&
        typeof text === "string" &&
        text.length <= LONGEST_METADATA_VALUE,
    )
  );
}

/** Short, and on one line: the value may be anything. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}

function invalid(param: string, fact: string, wireCode = "invalid_value"): PromptCompilerError {
  return new PromptCompilerError("PC_INVALID_REQUEST", `${param}: ${fact}`, { param, wireCode });
}
