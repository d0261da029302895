/**
 * The HTTP surface, with no framework:
 *
 *     route ─▶ access ─▶ body ─▶ call context ─▶ compiler ─▶ answer
 *        └─▶ not ours: the host's          any failure ─▶ OpenAI's error shape
 *
 * Who may call is decided before a byte of the body is read, and what was asked before anything is sent.
 */
import { randomUUID } from "node:crypto";
import { systemClock } from "../clock.ts";
import type { PromptCompiler } from "../prompt-compiler.ts";
import { createAccess } from "./access.ts";
import { isUnforeseen, toErrorAnswer, toErrorEvent } from "./error-body.ts";
import type { GatewayRequest, GatewaySink } from "./http.ts";
import { GATEWAY_DEFAULTS, type GatewayOptions } from "./options.ts";
import { checkRoute } from "./principal.ts";
import { createRouter, type Route, type Router } from "./route-table.ts";

export interface Gateway {
  /** Where a request goes; `undefined`: the path is the host's, not ours. Asks nothing of the request but these. */
  readonly route: Router;

  /** Answers a request, its failures too. Never rejects. Where the client is gone, nothing is written. */
  handle(route: Route, request: GatewayRequest, sink: GatewaySink): Promise<void>;
}

/** @throws TypeError if two keys are the same, or one is empty */
export function createGateway(compiler: PromptCompiler, options: GatewayOptions = {}): Gateway {
  const access = createAccess(options);
  const clock = options.clock ?? systemClock;
  const maxBodyBytes = options.maxBodyBytes ?? GATEWAY_DEFAULTS.maxBodyBytes;
  const keepAliveAfterMs = options.keepAliveAfterMs ?? GATEWAY_DEFAULTS.keepAliveAfterMs;

  return {
    route: createRouter(options),

    async handle(route, request, target) {
      const startedAt = clock.now();
      const requestId = `req_${randomUUID().replaceAll("-", "")}`;
      const sink = new WatchedSink(target);
      try {
        const principal = route.open ? { tenant: "default" } : await access(request);
        checkRoute(principal, route.path);
        await route.handle({
          compiler,
          clock,
          maxBodyBytes,
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
        if (isUnforeseen(error)) report(options, error, requestId);
        sendError(sink, error, requestId);
      }
    },
  };
}

/** Remembers whether the answer has begun: from then on a failure can only be told inside it. */
class WatchedSink implements GatewaySink {
  readonly #target: GatewaySink;
  begun = false;

  constructor(target: GatewaySink) {
    this.#target = target;
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.begun = true;
    this.#target.head(status, headers);
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#target.write(chunk);
  }

  drained(): Promise<void> {
    return this.#target.drained();
  }

  end(chunk?: string | Uint8Array): void {
    this.#target.end(chunk);
  }
}

function sendError(sink: WatchedSink, error: unknown, requestId: string): void {
  const answer = toErrorAnswer(error);
  if (sink.begun) return sink.end(toErrorEvent(answer));
  sink.head(answer.status, {
    ...answer.headers,
    "content-length": String(answer.body.length),
    "x-request-id": requestId,
  });
  sink.end(answer.body);
}

function report({ onError }: GatewayOptions, error: unknown, requestId: string): void {
  try {
    onError?.(error, { requestId });
  } catch {
    // A listener that throws must not change what the caller gets.
  }
}
