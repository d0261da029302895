/**
 * A streamed answer on its way out: one write for frames that arrived together, and no faster than the client reads.
 * While a stream waits for its first chunk longer than `keepAliveAfterMs`, comments keep the connection from looking
 * dead; every client skips them (wire 31).
 */
import type { Clock } from "../clock.ts";
import type { Frame } from "../wires/wire.ts";
import type { GatewaySink } from "./http.ts";

/** Where frames go. */
export interface FrameSink extends GatewaySink {
  /** @returns false when the client is slow */
  writeFrames(frames: readonly Frame[]): boolean;
}

/** Writes frames until they end, then ends. Rethrows what their source throws, with the sink still open. */
export async function sendFrames(
  sink: FrameSink,
  frames: AsyncIterable<readonly Frame[]>,
  signal: AbortSignal,
): Promise<void> {
  for await (const arrived of frames) {
    if (sink.writeFrames(arrived)) continue;
    await sink.drained();
    signal.throwIfAborted();
  }
  sink.end();
}

/** A frame as a server-sent event. */
export function toEvent({ event, data }: Frame): string {
  const lines = data.includes("\n") ? data.replaceAll("\n", "\ndata: ") : data;
  return event === undefined ? `data: ${lines}\n\n` : `event: ${event}\ndata: ${lines}\n\n`;
}

/** Writes a comment every `everyMs` until stopped; `begin` is called before the first. */
export function startKeepAlive(
  clock: Clock,
  everyMs: number,
  sink: GatewaySink,
  begin: () => void,
): { stop(): void } {
  const stopped = new AbortController();
  const wait = async (): Promise<void> => {
    await clock.sleep(everyMs, stopped.signal);
    // A sleep that was over at the moment of the stop has resolved all the same.
    stopped.signal.throwIfAborted();
  };
  const run = async (): Promise<void> => {
    await wait();
    begin();
    for (;;) {
      sink.write(": waiting for the first chunk\n\n");
      await wait();
    }
  };
  // The only way out of the loop is the stop: that is no failure.
  run().catch(() => undefined);
  return { stop: () => stopped.abort() };
}
