/**
 * Node's request and response, as the gateway sees them. Written once, for every framework that stands on node:http.
 *
 *     client hangs up        the response closes before we have finished it ─▶ `signal` aborts, and nothing is
 *                            written any more
 *     client reads slowly    `write` says false; `drained` resolves when the response drains, or closes
 *     body                   what the host's parsers made of it, else the stream
 *
 * The response tells of the hang-up, not the request: a request closes as soon as its body has been read.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Gateway } from "../gateway/gateway.ts";
import type { GatewaySink } from "../gateway/http.ts";
import { sendError, WatchedSink } from "../gateway/send-error.ts";
import { newRequestId } from "../request-id.ts";
import type { Wire } from "../wires/wire.ts";
import { readBody, readChunks } from "./node-body.ts";

/** What a framework knows better than Node's request does. */
interface HostFacts {
  /** Path and query, as seen from where the gateway is mounted. */
  readonly url: string;
  /** The path it is mounted under, "" at the root. */
  readonly basePath: string;
  /** What the host's parsers made of the body; `undefined`: nothing. */
  readonly parsedBody: unknown;
}

/** `compression()` adds `flush`, which sends on what it holds back. */
export type NodeResponse = ServerResponse & { readonly flush?: () => void };

/**
 * Answers a request if its path is one of the gateway's. The promise never rejects.
 *
 * @returns `undefined`, with nothing touched, if it is not
 */
export function tryAnswer(
  gateway: Gateway,
  request: IncomingMessage,
  response: NodeResponse,
  facts: HostFacts,
): Promise<void> | undefined {
  const method = request.method ?? "GET";
  const path = pathOf(facts.url);
  const route = gateway.route(method, path);
  if (route === undefined) return undefined;
  const { sink, signal } = openResponse(response);
  const handled = gateway.handle(
    route,
    {
      method,
      path,
      query: facts.url.slice(path.length + 1),
      headers: request.headers,
      remoteAddress: request.socket.remoteAddress,
      basePath: facts.basePath,
      body: (maxBytes) => readBody(request, facts.parsedBody, maxBytes),
      chunks: (maxBytes) => readChunks(request, facts.parsedBody, maxBytes),
      signal,
      raw: request,
    },
    sink,
  );
  // A host's hook on the response threw while we told of a failure: there is no way left to tell.
  return handled.catch(() => void response.destroy());
}

/** Answers with an error in the words of `wire`. */
export function answerError(response: NodeResponse, error: unknown, wire: Wire): void {
  sendError(new WatchedSink(openResponse(response).sink), error, newRequestId(), wire);
}

export function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? "";
}

/** The sink of a response, and the signal that aborts when the client, or the host, gives up on it. */
function openResponse(response: NodeResponse): { readonly sink: GatewaySink; readonly signal: AbortSignal } {
  const controller = new AbortController();
  const { signal } = controller;
  const giveUp = (): void => controller.abort(new DOMException("the client hung up", "AbortError"));
  let ended = false;
  response.on("close", () => {
    if (!ended || !response.writableFinished) giveUp();
  });
  // What is closed already does not say so again.
  if (response.closed || response.destroyed) giveUp();

  const sink: GatewaySink = {
    head(status, headers) {
      // A host that has answered by itself, after a timeout of its own, wants nothing more from us.
      if (response.headersSent) giveUp();
      if (!signal.aborted) response.writeHead(status, { ...headers });
    },
    write(chunk) {
      if (signal.aborted || response.writableEnded) return true;
      const keepsUp = response.write(chunk);
      response.flush?.();
      return keepsUp;
    },
    drained: () => (signal.aborted ? Promise.resolve() : untilDrained(response)),
    end(chunk) {
      if (signal.aborted || response.writableEnded) return;
      ended = true;
      response.end(chunk);
    },
  };
  return { sink, signal };
}

function untilDrained(response: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
