/**
 * OpenAI's API inside a Koa app (2 and 3).
 *
 *     const app = new Koa();
 *     app.use(pcMiddleware());
 *
 * Answers exactly its own routes; everything else goes to the next middleware. It writes to Node's response itself
 * (`ctx.respond = false`): Koa's own way of sending a stream would not tell an idle upstream that the client has gone, and
 * its way of telling an error would take our headers off. Its failures are answered in the shape of the route's wire and
 * never reach the app's error listeners.
 */
import type { Gateway } from "../../gateway/gateway.ts";
import { gatewayFor, type MiddlewareOptions } from "../../gateway/gateway-source.ts";
import type { PromptCompiler } from "../../prompt-compiler.ts";
import { tryAnswer } from "../node-http.ts";
import type { KoaContext, Middleware } from "./context.ts";
import { checkPrefix, withoutPrefix } from "./prefix.ts";

export type { CallDefaults, GatewayKey, GatewayOptions, Principal } from "../../config/gateway-options.ts";
export { pcErrorHandler } from "./error-handler.ts";
export type { KoaContext, Middleware, MiddlewareOptions };

/** Where the routes are. */
export interface KoaOptions {
  /**
   * The path before our routes, where the router that mounts us leaves it on: `@koa/router` does, `koa-mount` takes it
   * off by itself.
   *
   * @defaultValue ""
   */
  readonly prefix?: string | undefined;
}

/**
 * The middleware. Mount it anywhere, before or behind body parsers.
 *
 * @param compilerOrOptions - a compiler; or one object with `compiler`, or the options for one, and those of the
 *   gateway. Where neither is said, the process-wide default serves: it is made at the first request, from the
 *   environment and the config file
 * @throws TypeError or RangeError naming the option, the value and the nearest known name
 */
export function pcMiddleware(
  compilerOrOptions?: PromptCompiler | MiddlewareOptions,
  { prefix = "" }: KoaOptions = {},
): Middleware {
  checkPrefix(prefix);
  const source = gatewayFor(compilerOrOptions, "pcMiddleware");
  return async (ctx, next) => {
    const url = withoutPrefix(ctx.url, prefix);
    const answered = url === undefined ? undefined : answer(await source(), ctx, url, prefix);
    if (answered === undefined) return next();
    ctx.respond = false;
    return answered;
  };
}

function answer(gateway: Gateway, ctx: KoaContext, url: string, prefix: string): Promise<void> | undefined {
  const basePath = `${ctx.mountPath ?? ""}${prefix}`;
  return tryAnswer(gateway, ctx.req, ctx.res, { url, basePath, parsedBody: ctx.request.body });
}
