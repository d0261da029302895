import { isProviderError } from "../../errors.ts";
import { codecFor } from "../../wires/index.ts";
import { pick } from "../call.ts";
import { readCallContext } from "../call-context.ts";
import type { Exchange, RouteHandler } from "../exchange.ts";
import { readForwardedBody } from "../forwarded-body.ts";
import type { ForwardedPath } from "../forwarded-paths.ts";
import { ANYONE, checkCall, checkModel, namesRoute } from "../principal.ts";
import { badRequest, forbidden } from "../refusal.ts";
import { forwardedHeaders } from "../response-headers.ts";

/** A route that is forwarded: bytes both ways, as they come, no faster than the other side reads them. */
export function forward(forwarded: ForwardedPath): RouteHandler {
  return async (exchange) => {
    const { compiler, principal, request, sink, pathContext, requestId } = exchange;
    const { headers, method, query, signal } = request;
    checkPath(exchange, forwarded);
    const context = readCallContext({ principal, path: pathContext, headers, body: {}, signal });
    checkCall(principal, context);
    const { model, models, held, withModel } = await readForwardedBody(exchange, forwarded);
    for (const each of models) checkModel(principal, each);

    const path = pathBehindV1(exchange) + (query === "" ? "" : `?${query}`);
    const { deployment, reply } = await compiler.forward(
      {
        model,
        bytes: held,
        requestFor: (named) => ({
          method: method === "POST" || method === "DELETE" ? method : "GET",
          path,
          headers: pick(headers, FORWARDED),
          body: withModel(named),
        }),
      },
      context,
      requestId,
    );
    sink.head(reply.status, forwardedHeaders(reply.headers, { deployment, requestId }));
    try {
      for await (const chunks of reply.chunks) {
        for (const chunk of chunks) {
          if (!sink.write(chunk)) await sink.drained();
          signal.throwIfAborted();
        }
      }
    } catch (error) {
      // There are no words for it in the middle of a picture: the client has to see that it is not whole.
      if (!isProviderError(error)) throw error;
      request.raw.socket.destroy();
      return;
    }
    sink.end();
  };
}

/** What belongs to the request and goes on; keys, cookies and what is for one hop stay here. */
const FORWARDED = ["content-type", "accept", ...codecFor("chat").forwardedHeaders];

function checkPath({ principal, request }: Exchange, { path, kept }: ForwardedPath): void {
  if (kept && principal !== ANYONE && !namesRoute(principal, path)) {
    throw forbidden(
      `what is under ${path} belongs to the upstream's account, not to a tenant: a key needs it in its routes`,
    );
  }
  // A path that means another one there than it does here.
  if (/%2e|%2f|%5c|\\|\/\.{1,2}(?:\/|$)|\/\//i.test(request.path)) {
    throw badRequest("the path must have no dots, slashes or backslashes to be resolved");
  }
}

/** Without the group and agent, and without the "/v1" that the base URL has. */
function pathBehindV1({ request }: Exchange): string {
  return request.path.replace(/^(?:\/pc\/[^/]+\/[^/]+)?\/v1/, "");
}
