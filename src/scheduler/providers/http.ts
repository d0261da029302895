/**
 * HTTP to one origin: a pool of connections, one request at a time on each. No redirect is followed, no request is
 * repeated, nothing is compressed, and nothing times out but connecting: all other deadlines are the scheduler's, which
 * aborts.
 *
 * A connection that is kept is given up a second before the upstream would close it, where a `Keep-Alive` header says when;
 * without one, after four seconds. Where one is found closed all the same, the others have most likely gone with it: the
 * pool is replaced, so that whoever tries again gets a fresh one. What is under way on the old pool ends there; until then
 * both together may have more than `connections`.
 */

import { Readable } from "node:stream";
import { buildConnector, Pool } from "undici";
import { type Clock, systemClock } from "../../clock.ts";
import { isProviderError } from "../../errors.ts";
import { Exchange, type HttpResponse } from "./exchange.ts";

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
  readonly method: "GET" | "POST";
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
  /** The most connections; above it requests wait. @defaultValue no limit */
  readonly connections?: number | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

const CONNECT_WITHIN_MS = 10_000;
/** How long before the upstream closes a kept connection, by its own word, we do. */
const CLOSE_AHEAD_MS = 1_000;

/** Makes a client. Nothing is connected before the first request. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { provider, origin, connections, clock = systemClock } = options;
  const upstream = `${provider} at ${origin}`;
  const { connect, isStale } = watchedConnector();
  const open = (): Pool =>
    new Pool(origin, {
      ...(connections !== undefined && { connections }),
      connect,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeoutThreshold: CLOSE_AHEAD_MS,
    });
  let pool = open();
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
      const exchange = new Exchange({ upstream, signal, clock, isStale });
      const asked = pool;
      asked.dispatch(
        { method, path, headers: { ...headers, "accept-encoding": "identity" }, body: toBody(body) },
        exchange,
      );
      try {
        return await exchange.response;
      } catch (error) {
        if (isProviderError(error) && error.staleConnection) replace(asked);
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
 * Connects, and remembers of each error of a connection whether an answer had come over it before: then the other side
 * most likely closed it between two requests, and a fresh one will do.
 */
function watchedConnector(): { connect: buildConnector.connector; isStale: (error: unknown) => boolean } {
  const connect = buildConnector({ timeout: CONNECT_WITHIN_MS });
  const stale = new WeakSet<Error>();
  return {
    connect: (options, callback) =>
      connect(options, (...outcome) => {
        const [, socket] = outcome;
        socket?.on("error", (error) => {
          if (socket.bytesRead > 0) stale.add(error);
        });
        callback(...outcome);
      }),
    isStale: (error) => error instanceof Error && (stale.has(error) || bytesReadOf(error) > 0),
  };
}

/** What undici notes of the socket where the other side closed it without an error. */
function bytesReadOf(error: Error): number {
  const { socket } = error as { readonly socket?: { readonly bytesRead?: number } | null };
  return socket?.bytesRead ?? 0;
}
