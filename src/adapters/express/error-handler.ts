import type { IncomingMessage } from "node:http";
import { wireOf } from "../../gateway/audience.ts";
import { createRouter } from "../../gateway/route-table.ts";
import { answerError, type NodeResponse, pathOf } from "../node-http.ts";
import { parserRefusal } from "../parser-refusal.ts";

const router = createRouter({});

/**
 * Gives the refusals of a body parser before us the shape of the route's wire: `app.use(pcErrorHandler)` behind the
 * middleware, under the same prefix. Only on our routes, and only for a parser's refusals; every other error goes on to the
 * host's own handler.
 */
export function pcErrorHandler(
  error: unknown,
  request: IncomingMessage,
  response: NodeResponse,
  next: (error?: unknown) => void,
): void {
  const route = router(request.method ?? "GET", pathOf(request.url ?? "/"));
  const refusal = response.headersSent ? undefined : parserRefusal(error);
  if (route === undefined || refusal === undefined) next(error);
  else answerError(response, refusal, wireOf(route, request.headers));
}
