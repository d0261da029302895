import type { IncomingMessage } from "node:http";
import { wireOf } from "../../gateway/audience.ts";
import { RequestRefusedError } from "../../gateway/refusal.ts";
import { createRouter } from "../../gateway/route-table.ts";
import { isRecord } from "../../wires/read.ts";
import { answerError, type NodeResponse, pathOf } from "../node-http.ts";

const router = createRouter({});

/**
 * Gives the refusals of a body parser before us the shape of the route's wire: `app.use(pcErrorHandler)` behind the middleware, under
 * the same prefix. Only on our routes, and only for a parser's refusals; every other error goes on to the host's own
 * handler.
 */
export function pcErrorHandler(
  error: unknown,
  request: IncomingMessage,
  response: NodeResponse,
  next: (error?: unknown) => void,
): void {
  const route = router(request.method ?? "GET", pathOf(request.url ?? "/"));
  const refusal = response.headersSent ? undefined : toRefusal(error);
  if (route === undefined || refusal === undefined) next(error);
  else answerError(response, refusal, wireOf(route, request.headers));
}

/** body-parser says what it refused in `type` and `status` ("entity.too.large", 413). */
function toRefusal(error: unknown): RequestRefusedError | undefined {
  if (!isRecord(error) || typeof error["type"] !== "string" || typeof error["status"] !== "number")
    return undefined;
  const [message, wireCode] = refusals[error["type"]] ?? [];
  if (message === undefined) return undefined;
  return new RequestRefusedError(error["status"], message, { wireCode });
}

/** In our words: the parser's own quote the body. */
const refusals: Readonly<Record<string, readonly [message: string, wireCode: string]>> = {
  "entity.parse.failed": ["could not parse the request body: it is not JSON", "invalid_json"],
  "entity.too.large": ["the request body is larger than the host's body parser allows", "request_too_large"],
  "encoding.unsupported": ["the content encoding is not supported", "unsupported_content_encoding"],
  "charset.unsupported": ["the charset must be utf-8", "unsupported_charset"],
  "request.aborted": ["the request body is cut off", "invalid_json"],
  "request.size.invalid": ["the request body is cut off", "invalid_json"],
};
