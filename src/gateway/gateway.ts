/**
 * The HTTP surface, with no framework:
 *
 *     route ─▶ access ─▶ body ─▶ call context ─▶ compiler ─▶ answer
 *        └─▶ not ours: the host's          any failure ─▶ the wire's error shape
 *
 * Who may call is decided before a byte of the body is read, and what was asked before anything is sent.
 */
import { systemClock } from "../clock.ts";
import { type GatewayOptions, gatewayDefaults } from "../config/gateway-options.ts";
import { parseGatewayOptions } from "../config.ts";
import type { PromptCompiler } from "../prompt-compiler.ts";
import { newRequestId } from "../request-id.ts";
import { createAccess } from "./access.ts";
import { wireOf } from "./audience.ts";
import { isUnforeseen } from "./error-body.ts";
import type { GatewayRequest, GatewaySink } from "./http.ts";
import { ANYONE, checkRoute } from "./principal.ts";
import { createRouter, type Route, type Router } from "./route-table.ts";
import { sendError, WatchedSink } from "./send-error.ts";

export interface Gateway {
  /** Where a request goes; `undefined`: the path is the host's, not ours. Asks nothing of the request but these. */
  readonly route: Router;

  /** Answers a request, its failures too. Never rejects. Where the client is gone, nothing is written. */
  handle(route: Route, request: GatewayRequest, sink: GatewaySink): Promise<void>;
}

/** @throws TypeError or RangeError naming the option, the value and the nearest known name */
export function createGateway(compiler: PromptCompiler, given: GatewayOptions = {}): Gateway {
  const options = parseGatewayOptions(given, "createGateway");
  const access = createAccess(options);
  // By name: what stays reachable from here must not hold the keys.
  const {
    clock = systemClock,
    maxBodyBytes = gatewayDefaults.maxBodyBytes,
    maxFileBytes = gatewayDefaults.maxFileBytes,
    keepAliveAfterMs = gatewayDefaults.keepAliveAfterMs,
    onError,
  } = options;

  return {
    route: createRouter(options),

    async handle(route, request, target) {
      const startedAt = clock.now();
      const requestId = newRequestId();
      const sink = new WatchedSink(target);
      try {
        const principal = route.open ? ANYONE : await access(request, route.takes);
        checkRoute(principal, route.path);
        // Batches that a process left unfinished go on, in the background, without anyone asking for them.
        if (!route.open) compiler.batches.resume();
        await route.handle({
          compiler,
          clock,
          maxBodyBytes,
          maxFileBytes,
          keepAliveAfterMs,
          request,
          sink,
          principal,
          requestId,
          startedAt,
          pathContext: route.context,
          rest: route.rest,
        });
      } catch (error) {
        if (request.signal.aborted) return;
        if (isUnforeseen(error)) report(onError, error, requestId);
        sendError(sink, error, requestId, wireOf(route, request.headers));
      }
    },
  };
}

function report(onError: GatewayOptions["onError"], error: unknown, requestId: string): void {
  try {
    onError?.(error, { requestId });
  } catch {
    // A listener that throws must not change what the caller gets.
  }
}
