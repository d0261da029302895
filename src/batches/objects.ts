/**
 * Files and batches as OpenAI's API has them (https://platform.openai.com/docs/api-reference/batch), field for field.
 * Times are Unix times in seconds; what is not there yet is `null`.
 */

/** A file that was uploaded, or that a batch wrote. */
export interface FileObject {
  readonly id: string;
  readonly object: "file";
  readonly bytes: number;
  readonly created_at: number;
  readonly filename: string;
  readonly purpose: "batch" | "batch_output";
  /** When it is gone. */
  readonly expires_at: number;
  readonly status: "processed";
}

/** Where a batch stands. The last four are final. */
export type BatchStatus =
  | "validating"
  | "in_progress"
  | "finalizing"
  | "cancelling"
  | "completed"
  | "failed"
  | "expired"
  | "cancelled";

/** The URL that every line of a batch asks for. */
export type BatchEndpoint = "/v1/chat/completions" | "/v1/completions" | "/v1/responses" | "/v1/embeddings";

/** Why a batch was not begun: what is wrong with a line of its file, or with the file. */
export interface BatchError {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  /** Counted from 1; `null`: no one line. */
  readonly line: number | null;
}

/** How many lines have ended, and how. */
export interface BatchRequestCounts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
}

/** Many calls in a file, and what has become of them. */
export interface BatchObject {
  readonly id: string;
  readonly object: "batch";
  readonly endpoint: BatchEndpoint;
  readonly errors: { readonly object: "list"; readonly data: readonly BatchError[] } | null;
  readonly input_file_id: string;
  readonly completion_window: "24h";
  readonly status: BatchStatus;
  /** Answers, a line each; `null` where there is none. */
  readonly output_file_id: string | null;
  /** Lines that failed, or were not run. */
  readonly error_file_id: string | null;
  readonly created_at: number;
  readonly in_progress_at: number | null;
  readonly expires_at: number;
  readonly finalizing_at: number | null;
  readonly completed_at: number | null;
  readonly failed_at: number | null;
  readonly expired_at: number | null;
  readonly cancelling_at: number | null;
  readonly cancelled_at: number | null;
  readonly request_counts: BatchRequestCounts;
  readonly metadata: Readonly<Record<string, string>> | null;
}

/** How long after its creation a file is gone: from an hour to 30 days. */
export interface FileExpiry {
  readonly anchor: "created_at";
  readonly seconds: number;
}

/** A page of a list, the newest first. */
export interface ListPage<Item> {
  readonly object: "list";
  readonly data: readonly Item[];
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly has_more: boolean;
}

/** Which page. */
export interface ListQuery {
  /** From 1 to 100, of files to 10,000. @defaultValue 20 of batches, 100 of files */
  readonly limit?: number | undefined;
  /** The id that the page begins behind. @defaultValue none: the newest is the first */
  readonly after?: string | undefined;
}

/** Which files. */
export interface FileQuery extends ListQuery {
  /** "batch" or "batch_output". @defaultValue both */
  readonly purpose?: string | undefined;
}

/** Statuses that no batch leaves. */
export const FINAL: ReadonlySet<BatchStatus> = new Set(["completed", "failed", "expired", "cancelled"]);

/** Milliseconds since the epoch as OpenAI's objects have a time. */
export function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
