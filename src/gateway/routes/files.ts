import type { FileExpiry, FileObject } from "../../batches/objects.ts";
import { readCallContext, readerOf } from "../call-context.ts";
import { type Exchange, sendJson } from "../exchange.ts";
import { readListQuery } from "../list-query.ts";
import { checkCall } from "../principal.ts";
import { fileTooLarge, readForm } from "../read-form.ts";
import { badRequest, RequestRefusedError } from "../refusal.ts";

/** `POST /v1/files`: a form with the `file`, "batch" as its `purpose`, and perhaps `expires_after`. */
export async function createFile(exchange: Exchange): Promise<void> {
  const { compiler, request, principal, pathContext, maxFileBytes } = exchange;
  const call = readCallContext({ ...request, principal, path: pathContext, body: {} });
  checkCall(principal, call);
  const form = await readForm(request, maxFileBytes);
  if (form.get("purpose") !== "batch") throw badRequest("purpose must be batch", "purpose");
  const file = form.get("file");
  if (file === null || typeof file === "string") throw badRequest("file must be a file", "file");
  if (file.size > maxFileBytes) throw fileTooLarge(maxFileBytes);
  const content = new Uint8Array(await file.arrayBuffer());
  const expires_after = readExpiry(form);
  sendJson(exchange, await compiler.files.create({ content, filename: file.name, expires_after }, call));
}

/** Its two fields, of which a form has each for itself; `create` checks them. */
function readExpiry(form: FormData): FileExpiry | undefined {
  const [anchor, seconds] = ["anchor", "seconds"].map((name) => form.get(`expires_after[${name}]`));
  if ((anchor ?? null) === null && (seconds ?? null) === null) return undefined;
  return { anchor, seconds: seconds === "" ? Number.NaN : Number(seconds) } as FileExpiry;
}

/** `GET /v1/files[?limit&after&purpose]`, the newest first. */
export async function listFiles(exchange: Exchange): Promise<void> {
  const query = readListQuery(exchange.request.query);
  sendJson(exchange, await exchange.compiler.files.list(query, readerOf(exchange)));
}

/** `GET /v1/files/{id}` */
export async function retrieveFile(exchange: Exchange): Promise<void> {
  sendJson(exchange, await findFile(exchange));
}

/** `DELETE /v1/files/{id}` */
export async function deleteFile(exchange: Exchange): Promise<void> {
  const { compiler, rest: id } = exchange;
  if (!(await compiler.files.delete(id, readerOf(exchange)))) throw fileNotFound(id);
  sendJson(exchange, { id, object: "file", deleted: true });
}

/** `GET /v1/files/{id}/content`: its bytes, no faster than the client reads. */
export async function fileContent(exchange: Exchange): Promise<void> {
  const { compiler, request, sink, requestId } = exchange;
  const file = await findFile(exchange);
  const content = await compiler.files.content(file.id, readerOf(exchange));
  if (content === undefined) throw fileNotFound(file.id);
  sink.head(200, {
    // Nothing that a browser would show, or run: what is in it came from models.
    "content-type": "application/octet-stream",
    "x-content-type-options": "nosniff",
    "content-length": String(file.bytes),
    "x-request-id": requestId,
  });
  for await (const piece of content) {
    if (!sink.write(piece)) await sink.drained();
    request.signal.throwIfAborted();
  }
  sink.end();
}

async function findFile(exchange: Exchange): Promise<FileObject> {
  const file = await exchange.compiler.files.get(exchange.rest, readerOf(exchange));
  if (file === undefined) throw fileNotFound(exchange.rest);
  return file;
}

function fileNotFound(id: string): RequestRefusedError {
  return new RequestRefusedError(404, `No such File object: ${id.slice(0, 64)}`, { param: "id" });
}
