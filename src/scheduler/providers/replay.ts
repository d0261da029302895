/**
 * Answers from a recording, offline: the same bytes, frames, cuts and failures, at the same moments.
 *
 * A request is found by its wire and by all of its body, whatever the order of its fields. Asked for the nth time it gets
 * its nth recorded answer, and behind the last that one again. A request that was not recorded fails, and goes nowhere.
 */

import { readFileSync } from "node:fs";
import { type Clock, systemClock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import { isRecord } from "../../wires/read.ts";
import type { Frame, Reply, Wire } from "../../wires/wire.ts";
import { untilAborted } from "../until-aborted.ts";
import type { Provider, ProviderAttempt } from "./provider.ts";
import {
  fromRecordedBytes,
  parseRecording,
  type RecordedAttempt,
  type RecordedReply,
  toProviderError,
} from "./recording.ts";

export interface ReplayOptions {
  /** Waits as long as the upstream made the recorder wait. @defaultValue true */
  readonly timing?: boolean | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

/**
 * A provider that answers from a recording.
 *
 * @param recording - the file that `record` wrote, read at once, or its attempts
 * @throws TypeError if the file holds something else, RangeError if it holds no attempt
 */
export function replay(
  recording: string | readonly RecordedAttempt[],
  { timing = true, clock = systemClock }: ReplayOptions = {},
): Provider {
  const attempts =
    typeof recording === "string" ? parseRecording(readFileSync(recording, "utf8"), recording) : recording;
  const [first] = attempts;
  if (first === undefined)
    throw new RangeError("replay: the recording must hold at least one attempt, got none");
  const tracks = new Map<string, { readonly attempts: RecordedAttempt[]; asked: number }>();
  for (const attempt of attempts) {
    const key = keyOf(attempt.wire, attempt.request);
    const track = tracks.get(key) ?? { attempts: [], asked: 0 };
    track.attempts.push(attempt);
    tracks.set(key, track);
  }

  return {
    name: first.provider,
    wires: [...new Set(attempts.map(({ wire }) => wire))],
    async send(attempt) {
      attempt.signal.throwIfAborted();
      const track = tracks.get(keyOf(attempt.wire, attempt.body));
      const recorded = track?.attempts[Math.min(track.asked, track.attempts.length - 1)];
      if (track === undefined || recorded === undefined) throw notRecorded(attempt, attempts.length);
      track.asked += 1;
      return play(recorded, attempt, timing ? clock : undefined);
    },
  };
}

async function play(
  { failure, reply, atMs }: RecordedAttempt,
  { signal }: ProviderAttempt,
  clock: Clock | undefined,
): Promise<Reply> {
  const startedAt = clock?.now() ?? 0;
  const until = async (momentMs: number): Promise<void> => {
    const waitMs = clock === undefined ? 0 : startedAt + momentMs - clock.now();
    if (waitMs > 0) await clock?.sleep(waitMs, signal);
    signal.throwIfAborted();
  };
  await until(atMs);
  if (reply === undefined) throw toProviderError(failure ?? UNTOLD);
  const { status, headers } = reply;
  if (reply.body !== undefined) return { status, headers, body: fromRecordedBytes(reply.body) };
  return { status, headers, frames: playStream(reply, signal, until) };
}

const UNTOLD = { kind: "malformed-response", message: "the recording says no more of this attempt" } as const;

async function* playStream(
  { frames, ending }: Extract<RecordedReply, { readonly frames: object }>,
  signal: AbortSignal,
  until: (momentMs: number) => Promise<void>,
): AsyncGenerator<readonly Frame[]> {
  for (const arrived of frames) {
    await until(arrived.atMs);
    yield arrived.frames;
  }
  // What would have come is not known: whoever stays longer than the recorder's reader waits until they leave too.
  if (ending === "left") return untilAborted(signal);
  await until(ending.atMs);
  if (ending.failure !== undefined) throw toProviderError(ending.failure);
}

/** Nobody would do better, and no retry: the recording, or the test, is what has to change. */
function notRecorded({ wire, body }: ProviderAttempt, count: number): ProviderError {
  const model = typeof body["model"] === "string" ? ` for model "${body["model"]}"` : "";
  const fact = `this ${wire} request${model} is not among the ${count} recorded attempts`;
  return new ProviderError("invalid-request", `replay: ${fact}; record it again`);
}

function keyOf(wire: Wire, request: unknown): string {
  return `${wire} ${JSON.stringify(request, inOrder)}`;
}

/** For `JSON.stringify`: the fields of every object in the order of their names. */
function inOrder(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
