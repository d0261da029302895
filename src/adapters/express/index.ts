/**
 * OpenAI's API inside an Express app (4 and 5), or anything else that calls `(request, response, next)`: connect,
 * Restify, plain node:http.
 *
 *     const app = express();
 *     app.use(pcMiddleware());
 *
 * Answers exactly its own routes; everything else is `next()`. Its failures are answered in OpenAI's shape and never
 * reach the host's error handler.
 */
import type { IncomingMessage } from "node:http";
import type { Gateway } from "../../gateway/gateway.ts";
import { gatewayFor, type MiddlewareOptions } from "../../gateway/gateway-source.ts";
import type { PromptCompiler } from "../../prompt-compiler.ts";
import { type NodeResponse, tryAnswer } from "../node-http.ts";

export type { CallDefaults, GatewayKey, GatewayOptions, Principal } from "../../config/gateway-options.ts";
export { pcErrorHandler } from "./error-handler.ts";
export type { MiddlewareOptions };

/** What Express adds to Node's request, as far as it is there. */
export type HostRequest = IncomingMessage & { readonly body?: unknown; readonly baseUrl?: string };

export type Next = (error?: unknown) => void;

export type Middleware = (request: HostRequest, response: NodeResponse, next: Next) => void;

/**
 * The middleware. Mount it anywhere, before or behind body parsers; under a prefix, its routes are behind that.
 *
 * @param compilerOrOptions - a compiler; or one object with `compiler`, or the options for one, and those of the
 *   gateway. Where neither is said, the process-wide default serves: it is made at the first request, from the
 *   environment and the config file
 * @throws TypeError or RangeError naming the option, the value and the nearest known name
 */
export function pcMiddleware(compilerOrOptions?: PromptCompiler | MiddlewareOptions): Middleware {
  const source = gatewayFor(compilerOrOptions, "pcMiddleware");
  return (request, response, next) => {
    const gateway = source();
    if (gateway instanceof Promise) {
      void gateway.then((made) => answerOrPass(made, request, response, next));
    } else {
      answerOrPass(gateway, request, response, next);
    }
  };
}

function answerOrPass(gateway: Gateway, request: HostRequest, response: NodeResponse, next: Next): void {
  const { url = "/", baseUrl: basePath = "", body: parsedBody } = request;
  const answered = tryAnswer(gateway, request, response, { url, basePath, parsedBody });
  if (answered === undefined) next();
}
