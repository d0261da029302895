import { wireOf } from "../../gateway/audience.ts";
import { createRouter } from "../../gateway/route-table.ts";
import { answerError } from "../node-http.ts";
import { parserRefusal } from "../parser-refusal.ts";
import type { Middleware } from "./context.ts";

const router = createRouter({});

/**
 * Gives the refusals of a body parser the shape of the route's wire: `app.use(pcErrorHandler)` before the parser, under
 * the same mount. Only on our routes, and only for a parser's refusals; every other error goes on to the app.
 */
export const pcErrorHandler: Middleware = async (ctx, next) => {
  try {
    return await next();
  } catch (error) {
    const route = routeOf(ctx.req.method ?? "GET", ctx.path);
    const refusal = ctx.res.headersSent ? undefined : parserRefusal(error);
    if (route === undefined || refusal === undefined) throw error;
    ctx.respond = false;
    return answerError(ctx.res, refusal, wireOf(route, ctx.req.headers));
  }
};

/** Whatever stands before it: a router leaves its prefix on the path. */
function routeOf(method: string, path: string) {
  return router(method, path) ?? router(method, path.slice(Math.max(0, path.indexOf("/v1/"))));
}
