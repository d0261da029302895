/**
 * HTTP to one origin: a pool of connections, one request at a time on each, or many by HTTP/2. No redirect is followed, no
 * request is repeated, nothing is compressed, and nothing times out but connecting: all other deadlines are the
 * scheduler's, which aborts.
 *
 * A connection that is kept is given up a second before the upstream would close it, where a `Keep-Alive` header says when;
 * without one, after four seconds. Where one is found closed all the same, the others have most likely gone with it: the
 * pool is replaced, so that whoever tries again gets a fresh one. What is under way on the old pool ends there; until then
 * both together may have more than `connections`.
 *
 * By HTTP/2 a connection stays until the upstream closes it. Aborting one request leaves the others; a connection that dies,
 * or over which the upstream says that it goes away, takes all that is under way on it along. One that is dead without a
 * word is found by pings.
 */

import { Readable } from "node:stream";
import { Pool } from "undici";
import { type Clock, systemClock } from "../../clock.ts";
import { isProviderError } from "../../errors.ts";
import { watchedConnector } from "./connector.ts";
import { Exchange, type HttpResponse } from "./exchange.ts";
import { LifeSigns } from "./life-signs.ts";

export interface HttpClient {
  /**
   * Resolves when the answer's headers are there, whatever its status.
   *
   * @throws ProviderError "network" if there is no answer, "malformed-response" if it is not HTTP; `signal.reason`
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Waits for the answers under way, then closes the connections. */
  close(): Promise<void>;
}

interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** With the query, if there is one. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Parts are sent as they come. */
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array> | undefined;
  readonly signal: AbortSignal;
}

interface HttpClientOptions {
  /** Name of the provider, for messages. */
  readonly provider: string;
  /** "https://api.openai.com" */
  readonly origin: string;
  /** The most connections; above it requests wait. @defaultValue no limit; 4 with `http2` */
  readonly connections?: number | undefined;
  /** Speaks HTTP/2, and nothing else. @defaultValue false */
  readonly http2?: boolean | undefined;
  /** Certificates to trust, in PEM. @defaultValue those that Node trusts */
  readonly ca?: string | undefined;
  /** From one ping to the next, by HTTP/2. @defaultValue 10_000 */
  readonly pingMs?: number | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

/** The most connections by HTTP/2: a crowd that comes before the first one stands would else get one each. */
const HTTP2_CONNECTIONS = 4;
/** Requests at once on each of them; where the upstream allows fewer, the others wait. */
const STREAMS = 100;
const PING_MS = 10_000;
/** How long before the upstream closes a kept connection, by its own word, we do. */
const CLOSE_AHEAD_MS = 1_000;

/** Makes a client. Nothing is connected before the first request. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { provider, origin, http2 = false, ca, pingMs = PING_MS, clock = systemClock } = options;
  const connections = options.connections ?? (http2 ? HTTP2_CONNECTIONS : undefined);
  const upstream = `${provider} at ${origin}`;
  const lifeSigns = http2 ? new LifeSigns(clock, pingMs) : undefined;
  const { connect, isStale } = watchedConnector({
    http2,
    ca,
    onConnected: (socket) => lifeSigns?.watch(socket),
  });
  const open = (): Pool =>
    new Pool(origin, {
      ...(connections !== undefined && { connections }),
      connect,
      ...(http2 ? { allowH2: true, pipelining: STREAMS, pingInterval: pingMs } : { pipelining: 1 }),
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeoutThreshold: CLOSE_AHEAD_MS,
    });
  let pool = open();
  /** Pools over which an answer has come. */
  const served = new WeakSet<Pool>();
  /** Replaced pools on which something is under way. */
  const draining = new Set<Promise<void>>();
  let closing: Promise<unknown> | undefined;

  const replace = (stale: Pool): void => {
    if (stale !== pool || closing !== undefined) return;
    pool = open();
    const drained = stale.close().finally(() => draining.delete(drained));
    draining.add(drained);
  };

  return {
    async send({ method, path, headers, body, signal }) {
      signal.throwIfAborted();
      const asked = pool;
      // By HTTP/2 bytes come before any answer does.
      const hasServed = !http2 || served.has(asked);
      const exchange = new Exchange({
        upstream,
        signal,
        clock,
        isStale: (error) => (hasServed && isStale(error)) || wasRefused(error),
        onEnd: () => lifeSigns?.ended(),
      });
      lifeSigns?.began();
      asked.dispatch(
        {
          method,
          path,
          headers: { ...headers, "accept-encoding": "identity" },
          body: toBody(body),
          // Else each POST would have a connection to itself. Nothing is repeated for it.
          ...(http2 && { idempotent: true }),
        },
        exchange,
      );
      try {
        const response = await exchange.response;
        if (http2) served.add(asked);
        return response;
      } catch (error) {
        if (isProviderError(error) && error.staleConnection && !wasRefused(error.cause)) replace(asked);
        throw error;
      }
    },
    async close() {
      closing ??= Promise.all([pool.close(), ...draining]);
      await closing;
    },
  };
}

function toBody(body: HttpRequest["body"]): Uint8Array | string | Readable | null {
  if (body === undefined) return null;
  return typeof body === "string" || body instanceof Uint8Array ? body : Readable.from(body);
}

/**
 * Whether the upstream did nothing for a request, because its connection has as many as it takes. That can happen while its
 * settings are on their way: later ones wait on ours.
 */
function wasRefused(error: unknown): boolean {
  return error instanceof Error && error.message.endsWith("NGHTTP2_REFUSED_STREAM");
}
