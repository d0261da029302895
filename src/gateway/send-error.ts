import { toErrorAnswer, toErrorEvent } from "./error-body.ts";
import type { GatewaySink } from "./http.ts";

/** Remembers whether the answer has begun: from then on a failure can only be told inside it. */
export class WatchedSink implements GatewaySink {
  readonly #target: GatewaySink;
  begun = false;

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

  drained(): Promise<void> {
    return this.#target.drained();
  }

  end(chunk?: string | Uint8Array): void {
    this.#target.end(chunk);
  }
}

/** Tells of a failure: as an answer or, where one has begun, as the event that ends it. */
export function sendError(sink: WatchedSink, error: unknown, requestId: string): void {
  const answer = toErrorAnswer(error);
  if (sink.begun) {
    sink.end(toErrorEvent(answer));
    return;
  }
  sink.head(answer.status, {
    ...answer.headers,
    "content-length": String(answer.body.length),
    "x-request-id": requestId,
  });
  sink.end(answer.body);
}
