import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

/**
 * What undoes a content encoding: bytes as sent in, bytes as meant out, each as soon as it can be. We ask for none, but
 * some servers and the boxes before them compress all the same.
 *
 * @returns "identity" where there is nothing to undo, `undefined` for an encoding that cannot be undone
 */
export function contentDecoder(encoding: string): Transform | "identity" | undefined {
  switch (encoding.trim().toLowerCase()) {
    case "":
    case "identity":
      return "identity";
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    default:
      return undefined;
  }
}
