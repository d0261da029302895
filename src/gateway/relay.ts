import type { CallContext } from "../chat.ts";
import { isProviderError } from "../errors.ts";
import type { ForwardRequest } from "../forward.ts";
import { codecFor } from "../wires/index.ts";
import { pick } from "./call.ts";
import type { Exchange } from "./exchange.ts";
import type { ForwardedBody } from "./forwarded-body.ts";
import { forwardedHeaders } from "./response-headers.ts";

/** A request that is handed on. */
export interface RelayedRequest extends Omit<ForwardRequest, "requestFor"> {
  /** Behind the base URL, with its query. */
  readonly path: string;
  /** Its body for a deployment that calls the model so. @defaultValue it has none */
  readonly withModel?: ForwardedBody["withModel"] | undefined;
}

/** What belongs to the request and goes on; keys, cookies and what is for one hop stay here. */
const FORWARDED = ["content-type", "accept", ...codecFor("chat").forwardedHeaders];

/** Hands a request on, and its answer back: bytes both ways, as they come, no faster than the other side reads them. */
export async function relay(
  { compiler, request, sink, requestId }: Exchange,
  { path, withModel, ...subject }: RelayedRequest,
  context: CallContext,
): Promise<void> {
  const { headers, method, signal } = request;
  const { deployment, reply } = await compiler.forward(
    {
      ...subject,
      requestFor: (named) => ({
        method: method === "POST" || method === "DELETE" ? method : "GET",
        path,
        headers: pick(headers, FORWARDED),
        body: withModel?.(named),
      }),
    },
    context,
    requestId,
  );
  sink.head(reply.status, forwardedHeaders(reply.headers, { deployment, requestId }));
  try {
    for await (const chunks of reply.chunks) {
      for (const chunk of chunks) {
        if (!sink.write(chunk)) await sink.drained();
        signal.throwIfAborted();
      }
    }
  } catch (error) {
    // There are no words for it in the middle of a picture: the client has to see that it is not whole.
    if (!isProviderError(error)) throw error;
    request.raw.socket.destroy();
    return;
  }
  sink.end();
}
