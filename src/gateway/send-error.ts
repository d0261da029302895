import type { Frame, SentFrames, Wire } from "../wires/wire.ts";
import { toErrorAnswer, toErrorFrames } from "./error-body.ts";
import type { GatewaySink } from "./http.ts";
import { requestIdHeaders } from "./response-headers.ts";
import { type FrameSink, toEvent } from "./stream.ts";

/** Remembers whether the answer has begun: from then on a failure can only be told inside it. */
export class WatchedSink implements FrameSink {
  readonly #target: GatewaySink;
  begun = false;
  /** Of a stream: how it began, and how far it is. */
  sent: SentFrames = {};

  constructor(target: GatewaySink) {
    this.#target = target;
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#target.head(status, headers);
    // Not before: a head that could not be written leaves the status free for the error that says so.
    this.begun = true;
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#target.write(chunk);
  }

  /** Writes frames that arrived together, in one piece. */
  writeFrames(frames: readonly Frame[]): boolean {
    this.sent = { first: this.sent.first ?? frames[0], last: frames.at(-1) ?? this.sent.last };
    return this.#target.write(frames.map(toEvent).join(""));
  }

  drained(): Promise<void> {
    return this.#target.drained();
  }

  end(chunk?: string | Uint8Array): void {
    this.#target.end(chunk);
  }
}

/** Tells of a failure in the words of `wire`: as an answer or, where one has begun, as what ends it. */
export function sendError(sink: WatchedSink, error: unknown, requestId: string, wire: Wire): void {
  const answer = toErrorAnswer(error, { wire, requestId });
  if (sink.begun) {
    sink.end(toErrorFrames(answer, sink.sent, wire).map(toEvent).join(""));
    return;
  }
  sink.head(answer.status, {
    ...answer.headers,
    "content-length": String(answer.body.length),
    ...requestIdHeaders(requestId, wire),
  });
  sink.end(answer.body);
}
