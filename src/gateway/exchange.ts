import type { Clock } from "../clock.ts";
import type { CallDefaults, Principal } from "../config/gateway-options.ts";
import type { PromptCompiler } from "../prompt-compiler.ts";
import type { GatewayRequest } from "./http.ts";
import type { FrameSink } from "./stream.ts";

/** One request on its way through a route: who, what, where to, and with what. */
export interface Exchange {
  readonly compiler: PromptCompiler;
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  readonly maxFileBytes: number;
  readonly keepAliveAfterMs: number | false;

  readonly request: GatewayRequest;
  readonly sink: FrameSink;
  readonly principal: Principal;
  /** Names this request to the caller, and the call it becomes. */
  readonly requestId: string;
  readonly startedAt: number;
  /** What the path says of the call. */
  readonly pathContext: CallDefaults;
  /** What stands for the `{id}` or `*` of the route's path, decoded; "" where it has none. */
  readonly rest: string;
}

/** Answers one request. What it throws becomes an error in the shape of the route's wire, in the stream if that has begun. */
export type RouteHandler = (exchange: Exchange) => Promise<void>;

/** A whole JSON answer. */
export function sendJson(
  { sink, requestId }: Exchange,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(JSON.stringify(value));
  sink.head(200, {
    "content-type": "application/json",
    "content-length": String(body.length),
    "x-request-id": requestId,
    ...headers,
  });
  sink.end(body);
}
