import { readCallContext } from "../call-context.ts";
import type { Exchange, RouteHandler } from "../exchange.ts";
import { readForwardedBody } from "../forwarded-body.ts";
import type { ForwardedPath } from "../forwarded-paths.ts";
import { ANYONE, checkCall, checkModel, namesRoute } from "../principal.ts";
import { badRequest, forbidden } from "../refusal.ts";
import { relay } from "../relay.ts";

/** A route that is forwarded. */
export function forward(forwarded: ForwardedPath): RouteHandler {
  return async (exchange) => {
    const { principal, request, pathContext } = exchange;
    const { headers, query, signal } = request;
    checkPath(exchange, forwarded);
    const context = readCallContext({ principal, path: pathContext, headers, body: {}, signal });
    checkCall(principal, context);
    const { model, models, held, withModel } = await readForwardedBody(exchange, forwarded);
    for (const each of models) checkModel(principal, each);

    const path = pathBehindV1(exchange) + (query === "" ? "" : `?${query}`);
    await relay(exchange, { path, model, bytes: held, withModel }, context);
  };
}

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
