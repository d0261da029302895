import type { Answer } from "../dispatch.ts";
import { isPromptCompilerError, ProviderError } from "../errors.ts";
import { relayedHeaders, toHeaderValue } from "../relayed-headers.ts";
import { codecFor } from "../wires/index.ts";
import { asString } from "../wires/read.ts";
import type { Call } from "./call.ts";
import { isJsonType } from "./content-type.ts";
import type { Exchange } from "./exchange.ts";
import { modelNotFound } from "./refusal.ts";
import { answerHeaders, requestIdHeaders, STREAM_HEADERS } from "./response-headers.ts";
import { sendFrames, startKeepAlive } from "./stream.ts";

/**
 * Makes the call and sends its answer: a body's bytes as they are, or frames as they come. The status is not sent
 * before an upstream has answered, so that a failure has its own; only a stream that waits too long gets its 200
 * beforehand.
 */
export async function answerCall(exchange: Exchange, call: Call): Promise<void> {
  const { sink, clock, request, requestId, principal } = exchange;
  let begun = false;
  const waiting = keepsAlive(exchange, call)
    ? startKeepAlive(clock, exchange.keepAliveAfterMs, sink, () => {
        begun = true;
        sink.head(200, { ...STREAM_HEADERS, ...requestIdHeaders(requestId, call.request.wire) });
      })
    : undefined;

  let answer: Answer;
  try {
    answer = await exchange.compiler.dispatch(call.request, call.context, requestId);
  } catch (error) {
    throw namesModels(error) && principal.models !== undefined
      ? modelNotFound(asString(call.request.body["model"]) ?? "auto")
      : error;
  } finally {
    waiting?.stop();
  }

  const { reply } = answer;
  const headers = {
    ...relayedHeaders(reply.headers),
    ...answerHeaders(answer, clock.now() - exchange.startedAt, call.request.wire),
  };
  if (reply.frames !== undefined) {
    if (!begun) sink.head(reply.status, { ...headers, ...STREAM_HEADERS });
    return sendFrames(sink, reply.frames, request.signal);
  }
  if (begun) throw new ProviderError("malformed-response", "a whole answer where a stream was asked for");
  const contentType = reply.headers["content-type"];
  sink.head(reply.status, {
    ...headers,
    // It is JSON, whatever it says: as HTML, a browser would run what an upstream wrote into it.
    "content-type":
      contentType !== undefined && isJsonType(contentType) ? toHeaderValue(contentType) : "application/json",
    "content-length": String(reply.body.length),
  });
  sink.end(reply.body);
}

function keepsAlive(
  exchange: Exchange,
  { request }: Call,
): exchange is Exchange & { readonly keepAliveAfterMs: number } {
  return exchange.keepAliveAfterMs !== false && codecFor(request.wire).isStream(request.body);
}

/** Who may use some models only is not told the names of the others. */
function namesModels(error: unknown): boolean {
  return isPromptCompilerError(error) && error.code === "PC_MODEL_NOT_FOUND";
}
