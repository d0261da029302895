/**
 * Writes down what a provider is asked and how it answers, and changes nothing of it: once against the real upstream,
 * so that `replay` gives the same answers to tests, offline.
 *
 * An attempt is written when it is over: whole, failed, or with its stream read to its end or left. One that is aborted
 * before its answer began leaves no line.
 */

import { appendFileSync } from "node:fs";
import { type Clock, systemClock } from "../../clock.ts";
import { isProviderError } from "../../errors.ts";
import type { Frame, Reply } from "../../wires/wire.ts";
import type { Provider, ProviderAttempt } from "./provider.ts";
import {
  type RecordedAttempt,
  type RecordedEnding,
  type RecordedFrames,
  tellingHeaders,
  toRecordedBytes,
  toRecordedFailure,
} from "./recording.ts";
import { withSend } from "./with-send.ts";

export interface RecordOptions {
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

/**
 * Wraps a provider.
 *
 * @param target - a file, to which a line is appended for each attempt before the attempt's end is told, or a function
 *   that is given each. What it throws, the attempt rejects with: a recording with holes would be found out much later
 */
export function record(
  provider: Provider,
  target: string | ((attempt: RecordedAttempt) => void),
  { clock = systemClock }: RecordOptions = {},
): Provider {
  const write =
    typeof target === "function"
      ? target
      : (attempt: RecordedAttempt): void => appendFileSync(target, `${JSON.stringify(attempt)}\n`);

  return withSend(provider, async (attempt) => {
    const startedAt = clock.now();
    const sinceStart = (): number => clock.now() - startedAt;
    const asked = { provider: provider.name, wire: attempt.wire, request: attempt.body };
    let reply: Reply;
    try {
      reply = await provider.send(attempt);
    } catch (error) {
      if (isProviderError(error)) write({ ...asked, atMs: sinceStart(), failure: toRecordedFailure(error) });
      throw error;
    }

    const { status, body } = reply;
    const head = { ...asked, atMs: sinceStart() };
    const headers = tellingHeaders(reply.headers);
    if (body !== undefined) {
      write({ ...head, reply: { status, headers, body: toRecordedBytes(body) } });
      return reply;
    }
    const frames = recordedStream(reply.frames, attempt, sinceStart, (arrived, ending) => {
      write({ ...head, reply: { status, headers, frames: arrived, ending } });
    });
    return { ...reply, frames };
  });
}

async function* recordedStream(
  frames: AsyncIterable<readonly Frame[]>,
  { signal }: ProviderAttempt,
  sinceStart: () => number,
  write: (arrived: readonly RecordedFrames[], ending: RecordedEnding) => void,
): AsyncGenerator<readonly Frame[]> {
  const arrived: RecordedFrames[] = [];
  let ending: RecordedEnding = "left";
  try {
    for await (const some of frames) {
      arrived.push({ atMs: sinceStart(), frames: some });
      yield some;
    }
    ending = { atMs: sinceStart() };
  } catch (error) {
    if (isProviderError(error) && !signal.aborted) {
      ending = { atMs: sinceStart(), failure: toRecordedFailure(error) };
    }
    throw error;
  } finally {
    write(arrived, ending);
  }
}
