import type { Socket } from "node:net";
import { buildConnector } from "undici";

export interface WatchedConnector {
  readonly connect: buildConnector.connector;
  /** Whether a connection over which something had come broke with this error. */
  isStale(error: unknown): boolean;
}

interface ConnectorOptions {
  /** Refuses an upstream that does not speak HTTP/2. */
  readonly http2: boolean;
  /** Certificates to trust, in PEM. @defaultValue those that Node trusts */
  readonly ca?: string | undefined;
  /** Gets every connection that is made. */
  readonly onConnected?: ((socket: Socket) => void) | undefined;
}

const CONNECT_WITHIN_MS = 10_000;

/**
 * Connects, and remembers of each error of a connection whether an answer had come over it before: then the other side
 * most likely closed it between two requests, and a fresh one will do.
 */
export function watchedConnector({ http2, ca, onConnected }: ConnectorOptions): WatchedConnector {
  const connect = buildConnector({
    timeout: CONNECT_WITHIN_MS,
    allowH2: http2,
    ...(ca !== undefined && { ca }),
  });
  const stale = new WeakSet<Error>();
  return {
    connect: (options, callback) =>
      connect(options, (...outcome) => {
        const [, socket] = outcome;
        if (http2 && socket && !("alpnProtocol" in socket && socket.alpnProtocol === "h2")) {
          socket.destroy();
          callback(otherProtocol(), null);
          return;
        }
        socket?.on("error", (error) => {
          if (socket.bytesRead > 0) stale.add(error);
        });
        if (socket) onConnected?.(socket);
        callback(...outcome);
      }),
    isStale: (error) => error instanceof Error && (stale.has(error) || bytesReadOf(error) > 0),
  };
}

function otherProtocol(): Error {
  return Object.assign(new Error("the upstream does not speak HTTP/2"), { code: "NO_HTTP2" });
}

/** What undici notes of the socket where the other side closed it without an error. */
function bytesReadOf(error: Error): number {
  const { socket } = error as { readonly socket?: { readonly bytesRead?: number } | null };
  return socket?.bytesRead ?? 0;
}
