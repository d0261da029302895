import type { IncomingMessage } from "node:http";

/**
 * HTTP as the gateway sees it, of no framework: a request in, a sink out. `adapters/node-http.ts` makes both of
 * Node's objects.
 */

export type HeaderMap = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface GatewayRequest {
  /** Upper case. */
  readonly method: string;
  /** Path without query, as the gateway mounts it: "/v1/models". */
  readonly path: string;
  /** What stands behind the path's "?"; "" where there is none. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: HeaderMap;
  /** Address of the socket's other end; `undefined` if it is already gone. */
  readonly remoteAddress: string | undefined;
  /** The path under which the host mounted us, "" at its root: for addresses we give out. */
  readonly basePath: string;
  /** Reads the body once, decompressed. @throws RequestRefusedError 400, 413 or 415 */
  body(maxBytes: number): Promise<GatewayBody>;
  /** The body as it comes, decompressed, no faster than it is taken. To be read once, and instead of `body`. @throws as `body` */
  chunks(maxBytes: number): AsyncIterable<Uint8Array>;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  /** Node's own request, or the framework's that extends it: for the host's `authenticate`. */
  readonly raw: IncomingMessage;
}

/** The body as bytes or, where the host has parsed it already, as the value it made. */
export type GatewayBody =
  | { readonly bytes: Uint8Array; readonly value?: undefined }
  | { readonly value: unknown; readonly bytes?: undefined };

/** Where an answer goes. `head` once, then `write`s, then `end` once. After a hang-up all of it does nothing. */
export interface GatewaySink {
  head(status: number, headers: Readonly<Record<string, string>>): void;
  /** @returns false when the client is slow: wait for `drained()` before the next write */
  write(chunk: string | Uint8Array): boolean;
  drained(): Promise<void>;
  end(chunk?: string | Uint8Array): void;
}
