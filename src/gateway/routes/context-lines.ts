import { readControl } from "../control.ts";
import { type Exchange, sendJson } from "../exchange.ts";
import { badRequest } from "../refusal.ts";

/** `GET /v1/pc/contexts/export`: everything owned, a line of JSON an item, no faster than the client reads. */
export async function exportContexts(exchange: Exchange): Promise<void> {
  const { compiler, request, sink, requestId } = exchange;
  const lines = compiler.contexts.export(readControl(exchange))[Symbol.asyncIterator]();
  // The first is waited for before the head is sent: what is refused has a status of its own.
  let next = await lines.next();
  sink.head(200, {
    "content-type": "application/jsonl",
    "x-content-type-options": "nosniff",
    "x-request-id": requestId,
  });
  for (; !next.done; next = await lines.next()) {
    if (!sink.write(`${next.value}\n`)) await sink.drained();
    request.signal.throwIfAborted();
  }
  sink.end();
}

/** `POST /v1/pc/contexts/import`: such lines, as they come; answers with how many were new. */
export async function importContexts(exchange: Exchange): Promise<void> {
  const { compiler, request, maxFileBytes } = exchange;
  const call = readControl(exchange);
  sendJson(exchange, await compiler.contexts.import(linesOf(request.chunks(maxFileBytes)), call));
}

/** Characters a line may have: an item of the largest size whose every byte is escaped, and its fields. */
const LONGEST_LINE = 2 * 1024 * 1024;

/** @throws RequestRefusedError 400 if it is not UTF-8, or a line is longer than any item's */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decode(decoder, chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) throw badRequest(`a line is longer than ${LONGEST_LINE} characters`);
    yield* lines;
  }
  yield rest + decode(decoder);
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw badRequest("could not parse the request body: it is not UTF-8");
  }
}
