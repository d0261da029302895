import type { IncomingMessage } from "node:http";
import { ByteList } from "../byte-list.ts";
import { decode } from "../gateway/content-encoding.ts";
import type { GatewayBody } from "../gateway/http.ts";
import { badRequest, bodyTooLarge } from "../gateway/refusal.ts";

/**
 * The body of a Node request. What the host's parsers made of it counts only if the stream has been read to its end:
 * in Express 4 a parser that was not meant for the content type leaves `{}` behind, and the stream as it was.
 *
 * @param parsed - `undefined`: nothing was parsed
 * @throws RequestRefusedError 400, 413 or 415
 */
export async function readBody(
  request: IncomingMessage,
  parsed: unknown,
  maxBytes: number,
): Promise<GatewayBody> {
  if (request.readableEnded) {
    if (parsed !== undefined) return toBody(parsed);
    throw badRequest("the request body was read before it came here, and nothing was made of it");
  }
  const bytes = await readBytes(request, maxBytes);
  return { bytes: await decode(bytes, request.headers["content-encoding"] ?? "", maxBytes) };
}

/**
 * The same in pieces, as they come. One that was read before, or is compressed, comes whole.
 *
 * @throws RequestRefusedError 400, 413 or 415
 */
export async function* readChunks(
  request: IncomingMessage,
  parsed: unknown,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  if (request.readableEnded || request.headers["content-encoding"] !== undefined) {
    const { bytes, value } = await readBody(request, parsed, maxBytes);
    yield bytes ?? Buffer.from(JSON.stringify(value));
    return;
  }
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw bodyTooLarge(maxBytes);
  let length = 0;
  try {
    // Left open by whoever stops early: the client is to read why.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      length += chunk.length;
      if (length > maxBytes) throw bodyTooLarge(maxBytes);
      yield chunk;
    }
  } catch (error) {
    throw request.readableAborted ? cutOff() : error;
  }
}

function toBody(parsed: unknown): GatewayBody {
  if (typeof parsed === "string") return { bytes: Buffer.from(parsed) };
  return parsed instanceof Uint8Array ? { bytes: parsed } : { value: parsed };
}

/** Stops taking at `maxBytes`; what still comes is thrown away, so that the client gets to read its 413. */
function readBytes(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) return reject(bodyTooLarge(maxBytes));
    if (request.destroyed) return reject(cutOff());
    const body = new ByteList();
    const take = (part: Uint8Array | string): void => {
      body.add(typeof part === "string" ? Buffer.from(part) : part);
      if (body.length <= maxBytes) return;
      request.off("data", take);
      reject(bodyTooLarge(maxBytes));
    };
    request.on("data", take);
    request.once("end", () => resolve(body.toBytes()));
    const cut = (): void => {
      // A request closes when it has been read, too: an error for each would cost each its stack.
      if (!request.readableEnded) reject(cutOff());
    };
    request.once("error", cut);
    request.once("close", cut);
  });
}

function cutOff() {
  return badRequest("the request body is cut off");
}
