import type { GatewayRequest } from "./http.ts";
import { badRequest, RequestRefusedError } from "./refusal.ts";

/** What a form takes up besides its file: boundaries, names, a purpose. */
const FORM_BYTES = 64 * 1024;

/**
 * Reads a `multipart/form-data` request, whole: Node's own parser takes it in one piece
 * (`docs/decisions/0013-uploads-are-parsed-by-node.md`).
 *
 * @param maxFileBytes - that its file may have
 * @throws RequestRefusedError 400 if it is not such a form, 413 if it is too large, 415 if it says to be something else
 */
export async function readForm(request: GatewayRequest, maxFileBytes: number): Promise<FormData> {
  const contentType = request.headers["content-type"];
  if (typeof contentType !== "string" || !/^multipart\/form-data *;/i.test(contentType)) {
    throw new RequestRefusedError(415, "the content type must be multipart/form-data", {
      param: "content-type",
      wireCode: "unsupported_media_type",
    });
  }
  const { bytes } = await request.body(maxFileBytes + FORM_BYTES).catch((error: unknown) => {
    throw isTooLarge(error) ? fileTooLarge(maxFileBytes) : error;
  });
  if (bytes === undefined) {
    throw badRequest(
      "the form was read before it came here: mount this middleware before what parses uploads",
    );
  }
  try {
    return await new Response(bytes, { headers: { "content-type": contentType } }).formData();
  } catch {
    // Not the parser's own message: it may quote the body.
    throw badRequest("could not parse the request body: it is not multipart/form-data");
  }
}

/** 413: the file is larger than `maxFileBytes`. */
export function fileTooLarge(maxFileBytes: number): RequestRefusedError {
  return new RequestRefusedError(413, `the file is larger than ${maxFileBytes} bytes (maxFileBytes)`, {
    param: "file",
    wireCode: "request_too_large",
  });
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RequestRefusedError && error.status === 413;
}
