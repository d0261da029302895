/**
 * An upstream under a test's control: a real HTTP server on loopback that answers by script, remembers every request
 * and sees who hangs up on it.
 *
 *     const upstream = await startUpstream();
 *     upstream.reply(json({ choices: [] }));                            // every request gets this
 *     upstream.reply([failure(429), stream(chunks)]);                   // one each; the last one again and again
 *     upstream.reply(async (request) => { await gate; return "reset"; });
 *     …
 *     expect(upstream.requests).toHaveLength(2);                        // requests[0].json, .headers, .path
 *     await upstream.untilAborted();                                    // a client hung up on us
 *     await upstream.close();
 *
 * Every part of a body is its own write, and the next one waits for the event loop to turn: on loopback a client
 * reads them apart. A body may be an async iterable, so that a test holds each part back until it wants it seen.
 */

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

export interface UpstreamRequest {
  readonly method: string;
  /** Path with query, as it was asked. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body parsed; `undefined` where it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly json: any;
  /** Which connection it came over, counted from 1. */
  readonly connection: number;
}

type Bytes = string | Uint8Array;

export type UpstreamAnswer =
  | {
      /** @defaultValue 200 */
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Sent in one write, or one write a part. Absent: no body. */
      readonly body?: Bytes | Iterable<Bytes> | AsyncIterable<Bytes>;
      /**
       * What comes after the body: the proper end; a TCP reset; a closed connection without the body's end; or
       * nothing, ever.
       *
       * @defaultValue "end"
       */
      readonly ending?: "end" | "reset" | "cut" | "stall";
    }
  /** Not a byte, ever. */
  | "hang"
  /** A TCP reset in place of an answer. */
  | "reset"
  /** A closed connection in place of an answer. */
  | "cut";

export type UpstreamScript =
  | UpstreamAnswer
  | readonly UpstreamAnswer[]
  | ((request: UpstreamRequest) => UpstreamAnswer | Promise<UpstreamAnswer>);

export interface Upstream {
  /** "http://127.0.0.1:port", without a slash at the end. */
  readonly url: string;
  /** Every request, in order of arrival, as soon as its body is complete. */
  readonly requests: readonly UpstreamRequest[];
  /** Answers that a client hung up on before they were complete. */
  readonly aborted: number;
  /** Connections opened so far. */
  readonly connections: number;
  /** Connections open now. */
  readonly openConnections: number;

  /** Replaces the script. Until the first call, every answer is a 500 that says so. */
  reply(script: UpstreamScript): void;
  /** Resolves when `count` requests have arrived in all. */
  untilRequests(count: number): Promise<void>;
  /** Resolves when `count` answers have been hung up on in all. @defaultValue 1 */
  untilAborted(count?: number): Promise<void>;
  /** Drops all connections and stops. */
  close(): Promise<void>;
}

/** Starts an upstream on a free port of 127.0.0.1. */
export async function startUpstream(): Promise<Upstream> {
  const requests: UpstreamRequest[] = [];
  const numberOf = new Map<Socket, number>();
  const waiting = new Set<() => void>();
  let aborted = 0;
  let connections = 0;
  let next = scriptToFunction(failure(500, { message: "this upstream has no script yet" }));

  const somethingHappened = (): void => {
    for (const look of waiting) look();
  };
  const until = (isTrue: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isTrue()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { socket } = incoming;
    let brokenByUs = false;
    response.on("close", () => {
      if (response.writableFinished || brokenByUs) return;
      aborted += 1;
      somethingHappened();
    });
    const request = await readRequest(incoming, numberOf.get(socket) ?? 0);
    requests.push(request);
    somethingHappened();

    const answer = await next(request);
    if (answer === "hang") return;
    if (typeof answer === "object") {
      response.writeHead(answer.status ?? 200, answer.headers);
      response.flushHeaders();
      if (answer.body !== undefined) await writeParts(response, partsOf(answer.body));
    }
    const ending = typeof answer === "object" ? (answer.ending ?? "end") : answer;
    if (ending === "stall" || response.destroyed) return;
    if (ending === "end") return void response.end();
    brokenByUs = true;
    if (ending === "reset") socket.resetAndDestroy();
    else socket.destroySoon();
  };

  const server = createServer((incoming, response) => {
    // A client that goes away while we read or write is what these tests are about: `aborted` counts it.
    handle(incoming, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    numberOf.set(socket, connections);
    socket.setNoDelay(true);
    socket.on("close", () => numberOf.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get aborted() {
      return aborted;
    },
    get connections() {
      return connections;
    },
    get openConnections() {
      return numberOf.size;
    },
    reply: (script) => {
      next = scriptToFunction(script);
    },
    untilRequests: (count) => until(() => requests.length >= count),
    untilAborted: (count = 1) => until(() => aborted >= count),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** A JSON answer. */
export function json(value: unknown, facts: { status?: number; headers?: Record<string, string> } = {}) {
  return {
    status: facts.status ?? 200,
    headers: { "content-type": "application/json", ...facts.headers },
    body: JSON.stringify(value),
  } satisfies UpstreamAnswer;
}

/** A refusal in OpenAI's shape. */
export function failure(
  status: number,
  error: { message?: string; type?: string; param?: string | null; code?: string | null } = {},
  headers: Record<string, string> = {},
) {
  return json(
    {
      error: {
        message: `refused with ${status}`,
        type: "invalid_request_error",
        param: null,
        code: null,
        ...error,
      },
    },
    { status, headers },
  );
}

/** A stream of events, one write each: objects as JSON, strings as they are ("[DONE]"). Ends properly unless told. */
export function stream(
  events: Iterable<object | string>,
  facts: { ending?: "end" | "reset" | "cut" | "stall"; headers?: Record<string, string> } = {},
) {
  return {
    headers: { "content-type": "text/event-stream; charset=utf-8", ...facts.headers },
    body: Array.from(events, toEvent),
    ending: facts.ending ?? "end",
  } satisfies UpstreamAnswer;
}

/** One server-sent event as text. */
export function toEvent(event: object | string): string {
  return `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`;
}

/** `bytes` in parts, cut at the given positions, ascending. */
export function cutAt(bytes: Uint8Array, ...positions: number[]): Uint8Array[] {
  const edges = [0, ...positions, bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}

function scriptToFunction(
  script: UpstreamScript,
): (request: UpstreamRequest) => UpstreamAnswer | Promise<UpstreamAnswer> {
  if (typeof script === "function") return script;
  const answers = isList(script) ? [...script] : [script];
  return () => (answers.length > 1 ? answers.shift() : answers[0]) ?? "cut";
}

function isList(script: UpstreamAnswer | readonly UpstreamAnswer[]): script is readonly UpstreamAnswer[] {
  return Array.isArray(script);
}

function partsOf(
  body: Bytes | Iterable<Bytes> | AsyncIterable<Bytes>,
): Iterable<Bytes> | AsyncIterable<Bytes> {
  return typeof body === "string" || body instanceof Uint8Array ? [body] : body;
}

async function writeParts(
  response: ServerResponse,
  parts: Iterable<Bytes> | AsyncIterable<Bytes>,
): Promise<void> {
  for await (const part of parts) {
    if (response.destroyed) return;
    await new Promise<void>((resolve) => {
      // `close` as well: a write to a client that is gone never calls back on some versions.
      response.once("close", resolve);
      response.write(part, () => {
        response.off("close", resolve);
        resolve();
      });
    });
    await nextTurn();
  }
}

async function readRequest(incoming: IncomingMessage, connection: number): Promise<UpstreamRequest> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers: incoming.headers,
    body,
    json: tryParse(body.toString()),
    connection,
  };
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
