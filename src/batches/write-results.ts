/**
 * The files of a batch at its end: what was answered in one, what failed in the other, in the order of the input. A line
 * that was not run is among the failed ones, with the reason.
 *
 *     input     a  b  c  d  e        the lines that have ended and the input are read side by side,
 *     ended     a     c  d           neither of them whole
 *
 * Broken off, it is begun again, with the same bytes: nothing refers to the files before both are whole.
 */
import { outputId } from "./ask-line.ts";
import { isAnswered, MAX_LINE_BYTES, type OutputLine, readLine } from "./batch-line.ts";
import type { BatchRecord, BatchRef, BatchStore, Ending } from "./batch-store.ts";
import { linesOf } from "./file-lines.ts";
import type { FileStore, FileWriter } from "./file-store.ts";
import type { BatchObject } from "./objects.ts";

interface Stores {
  readonly batches: BatchStore;
  readonly files: FileStore;
}

/** What came of writing: ids of the files that have a line in them, and how many lines failed. */
export interface WrittenResults extends Pick<BatchObject, "output_file_id" | "error_file_id"> {
  readonly completed: number;
  readonly failed: number;
}

/** @param signal - gives up between two lines, with its reason */
export async function writeResults(
  batch: BatchRef,
  record: BatchRecord,
  ending: Ending,
  { batches, files }: Stores,
  signal: AbortSignal,
): Promise<WrittenResults> {
  const { tenant, id } = batch;
  const file = (fileId: string, what: string) =>
    new LazyFile(() =>
      files.writer(tenant, {
        id: fileId,
        filename: `${id}_${what}.jsonl`,
        purpose: "batch_output",
        agentId: record.context.agentId,
        keptSeconds: record.keptSeconds,
      }),
    );
  const answered = file(ending.outputFileId, "output");
  const failed = file(ending.errorFileId, "error");
  for await (const line of allLines(batch, record, ending, { batches, files })) {
    signal.throwIfAborted();
    await (isAnswered(line) ? answered : failed).add(line);
  }
  return {
    output_file_id: await answered.end(),
    error_file_id: await failed.end(),
    completed: answered.lines,
    failed: failed.lines,
  };
}

async function* allLines(
  batch: BatchRef,
  record: BatchRecord,
  ending: Ending,
  { batches, files }: Stores,
): AsyncGenerator<OutputLine> {
  const ended = batches.lines(batch);
  // Cancelled before it was looked through: none of it was to be run.
  const input = record.total > 0 ? await files.read(batch.tenant, record.object.input_file_id) : undefined;
  let next = await ended.next();
  let number = 0;
  for await (const line of input === undefined ? [] : linesOf(input, MAX_LINE_BYTES)) {
    if (!next.done && next.value[0] === number) {
      yield next.value[1];
      next = await ended.next();
    } else {
      const read = readLine(line, { endpoint: record.object.endpoint, models: record.models });
      if ("customId" in read) yield notRun(outputId(batch, number), read.customId, ending);
    }
    number += 1;
  }
  for (; !next.done; next = await ended.next()) yield next.value[1];
}

const REASONS: Readonly<Record<Ending["status"], OutputLine["error"]>> = {
  completed: { code: "batch_failed", message: "This line was not run." },
  expired: {
    code: "batch_expired",
    message: "This line was not run before the completion window ended.",
  },
  cancelled: { code: "batch_cancelled", message: "This line was not run before the batch was cancelled." },
};

function notRun(id: string, customId: string, { status }: Ending): OutputLine {
  return { id, custom_id: customId, response: null, error: REASONS[status] };
}

/** A file of JSON lines that is there only if it has a line. */
class LazyFile {
  readonly #open: () => FileWriter;
  #writer: FileWriter | undefined;
  lines = 0;

  constructor(open: () => FileWriter) {
    this.#open = open;
  }

  async add(line: OutputLine): Promise<void> {
    this.#writer ??= this.#open();
    this.lines += 1;
    await this.#writer.add(Buffer.from(`${JSON.stringify(line)}\n`));
  }

  /** @returns its id */
  async end(): Promise<string | null> {
    return (await this.#writer?.end())?.id ?? null;
  }
}
