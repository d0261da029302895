/**
 * OpenAI's batch API as its client (https://platform.openai.com/docs/guides/batch):
 *
 *     POST /files, a form of JSON lines ─▶ POST /batches ─▶ GET /batches/{id} … ─▶ GET /files/{id}/content
 *
 * The file is written as it is sent, a line at a time, and results are read as they come: neither is ever held whole.
 */
import { randomUUID } from "node:crypto";
import { ProviderError } from "../../errors.ts";
import { codecFor } from "../../wires/index.ts";
import { asCount, asRecord, asString, decodeText, parseRecord } from "../../wires/read.ts";
import type { WireBody } from "../../wires/wire.ts";
import type { BatchApi, VendorBatch, VendorCall } from "./provider.ts";
import type { ChunkReader } from "./response-body.ts";
import type { VendorApi, VendorRequest } from "./vendor-api.ts";

const STATES: Readonly<Record<string, VendorBatch["state"]>> = {
  completed: "ended",
  cancelled: "ended",
  expired: "expired",
  failed: "refused",
};

/** @param api - the vendor's, where it begins with `/files` and `/batches` */
export function openaiBatchApi({ ask, wholeBody }: Pick<VendorApi, "ask" | "wholeBody">): BatchApi {
  const read = async (request: VendorRequest): Promise<WireBody> => {
    const answer = await ask(request);
    return parseRecord(decodeText(await wholeBody(answer))) ?? {};
  };
  const named = async (request: VendorRequest): Promise<string> => {
    const id = asString((await read(request))["id"]);
    if (id !== undefined && ID.test(id)) return id;
    throw new ProviderError("malformed-response", `${request.path} was answered without an id`);
  };

  return {
    async begin(wire, calls, signal) {
      const url = `/v1${codecFor(wire).path}`;
      const boundary = `pc-${randomUUID()}`;
      const inputFile = await named({
        method: "POST",
        path: "/files",
        contentType: `multipart/form-data; boundary=${boundary}`,
        body: form(boundary, url, calls),
        signal,
      });
      return named({
        method: "POST",
        path: "/batches",
        contentType: "application/json",
        body: JSON.stringify({ input_file_id: inputFile, endpoint: url, completion_window: "24h" }),
        signal,
      });
    },

    async look(id, signal) {
      const batch = await read({ method: "GET", path: `/batches/${id}`, signal });
      const counts = asRecord(batch["request_counts"]);
      return {
        state: STATES[asString(batch["status"]) ?? ""] ?? "running",
        completed: asCount(counts?.["completed"]) ?? 0,
        failed: asCount(counts?.["failed"]) ?? 0,
        files: [batch["output_file_id"], batch["error_file_id"]]
          .map(asString)
          .filter((file) => file !== undefined && ID.test(file)) as readonly string[],
      };
    },

    async cancel(id, signal) {
      await read({ method: "POST", path: `/batches/${id}/cancel`, signal });
    },

    async *results(fileId, signal) {
      const { body } = await ask({ method: "GET", path: `/files/${fileId}/content`, signal });
      for await (const chunks of body.read(asTheyCome)) yield* chunks;
    },
  };
}

/** What a vendor says goes into a path of ours. */
const ID = /^[\w-]{1,128}$/;

async function* form(
  boundary: string,
  url: string,
  calls: AsyncIterable<VendorCall>,
): AsyncGenerator<Uint8Array> {
  const field = (disposition: string, content: string): Uint8Array =>
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n${content}`);
  yield field('name="purpose"', "batch\r\n");
  yield field('name="file"; filename="batch.jsonl"', "");
  for await (const { customId, body } of calls) {
    yield Buffer.from(`${JSON.stringify({ custom_id: customId, method: "POST", url, body })}\n`);
  }
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

const asTheyCome: ChunkReader<Uint8Array> = {
  done: false,
  push: (chunk) => [chunk],
  end(broken) {
    if (broken !== undefined) throw broken;
    return [];
  },
};
