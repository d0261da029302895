import { promisify } from "node:util";
import { brotliDecompress, unzip, type ZlibOptions } from "node:zlib";
import { badRequest, bodyTooLarge, RequestRefusedError } from "./refusal.ts";

const decompress: Readonly<Record<string, (bytes: Uint8Array, options: ZlibOptions) => Promise<Uint8Array>>> =
  {
    gzip: promisify<Uint8Array, ZlibOptions, Buffer>(unzip),
    deflate: promisify<Uint8Array, ZlibOptions, Buffer>(unzip),
    br: promisify<Uint8Array, ZlibOptions, Buffer>(brotliDecompress),
  };

/**
 * Undoes a request's `content-encoding`. Stops at `maxBytes`, so that a small body cannot unfold into a large one.
 *
 * @throws RequestRefusedError 400 for damaged bytes, 413 above `maxBytes`, 415 for an encoding that is not known
 */
export async function decode(bytes: Uint8Array, encoding: string, maxBytes: number): Promise<Uint8Array> {
  const name = encoding.trim().toLowerCase();
  if (name === "" || name === "identity") return bytes;
  const inflate = Object.hasOwn(decompress, name) ? decompress[name] : undefined;
  if (inflate === undefined) {
    throw new RequestRefusedError(415, "the content encoding must be gzip, deflate, br or none", {
      param: "content-encoding",
      wireCode: "unsupported_content_encoding",
    });
  }
  try {
    return await inflate(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw bodyTooLarge(maxBytes);
    throw badRequest(`the request body is not valid ${name}`, "content-encoding");
  }
}
