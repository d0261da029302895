import { isDeeperThan } from "../wires/nesting.ts";
import { isRecord } from "../wires/read.ts";
import type { WireBody } from "../wires/wire.ts";
import type { GatewayRequest } from "./http.ts";
import { RequestRefusedError } from "./refusal.ts";

/** Far more than any tool's schema has, and far less than what writing JSON can follow. */
const MOST_LEVELS = 256;

/** A request's JSON object, and its bytes where the host has not parsed them. */
export interface JsonRequest {
  readonly body: WireBody;
  readonly source: Uint8Array | undefined;
}

/** @throws RequestRefusedError 400 if the body is not a JSON object in UTF-8, 413 if it is too large */
export async function readJson(request: GatewayRequest, maxBytes: number): Promise<JsonRequest> {
  const read = await request.body(maxBytes);
  if (read.bytes === undefined) return { body: toObject(read.value), source: undefined };
  const source = withoutByteOrderMark(read.bytes);
  return { body: toObject(parse(source)), source };
}

/**
 * Fatal: a replaced character would silently change what the caller said. The one byte order mark that may be there is
 * gone already; a second one is no JSON, neither here nor where the bytes are read again.
 */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (error) {
    // Not the parser's own message: it quotes the body.
    const reason = error instanceof SyntaxError ? "it is not JSON" : "it is not UTF-8";
    throw notJson(`could not parse the request body: ${reason}`);
  }
}

function toObject(value: unknown): WireBody {
  if (!isRecord(value)) throw notJson("the request body must be a JSON object");
  if (isDeeperThan(MOST_LEVELS, value)) {
    throw notJson(`the request body is nested deeper than ${MOST_LEVELS} levels`);
  }
  return value;
}

function notJson(message: string): RequestRefusedError {
  return new RequestRefusedError(400, message, { wireCode: "invalid_json" });
}

function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
