/**
 * Single-flight across processes: a process whose state is shared joins the run of another process that is under way.
 *
 *     this process leads     runs; tells the others; then the lead is free
 *     another one leads      looks, after 20 ms and then ever more seldom, until it is told, or the run is over
 *     nobody can tell        runs: a state that is away costs nothing more
 *
 * - Within a process equal calls are one flight already (`single-flight.ts`), so each process asks once.
 * - Told is a whole answer and nothing else. A leader that fails, is cancelled or dies says nothing, and all who followed run
 *   for themselves, each process once: unlike in one process, its failure may be its own (a key, a network, a crash).
 * - A leader that goes on for minutes is waited for as long, but with a bounded number of looks; then one runs anyway.
 * - A process that leaves off following leaves alone.
 *
 * No streams: a chunk a message is no way to share one. And no answer of more than 512 KiB: it would keep others waiting at
 * the one door that all knock at.
 */
import type { Clock } from "../clock.ts";
import { type CachedAnswer, replay } from "./cache/cached-answer.ts";
import type { RepeatableCall } from "./cache/call-key.ts";
import { toCached } from "./cache/exact-layer.ts";
import { record } from "./cache/recorder.ts";
import type { ScheduledAnswer, ScheduledCall } from "./call.ts";
import type { Run } from "./layer.ts";
import type { RunPart, SharedState } from "./state/shared-state.ts";

/** The same way on, but that processes go it once together. */
export type SharedRuns = (repeatable: RepeatableCall, next: Run) => Run;

const FIRST_LOOK_MS = 20;
const LONGEST_WAIT_MS = 1_000;
/** Some five minutes. */
const MOST_LOOKS = 300;
/** In memory, where a character takes two bytes. */
const MOST_BYTES = 1024 * 1024;

/** @returns `undefined`: nobody shares this state */
export function sharedRuns(state: SharedState, clock: Clock): SharedRuns | undefined {
  if (state.takePart === undefined) return undefined;
  return (repeatable, next) => async (call) => {
    const part = await state.takePart?.(repeatable.key);
    if (part?.leads === true) return lead(part, call, repeatable, next, clock);
    const told = part && (await follow(part, call, clock));
    return told ?? next(call);
  };
}

type Leader = Extract<RunPart, { leads: true }>;
type Follower = Extract<RunPart, { leads: false }>;

async function lead(
  part: Leader,
  call: ScheduledCall,
  repeatable: RepeatableCall,
  next: Run,
  clock: Clock,
): Promise<ScheduledAnswer> {
  let told: Uint8Array | undefined;
  try {
    call.signal.throwIfAborted();
    const answer = await next(call);
    record(answer.reply, {
      wire: call.wire,
      maxBytes: MOST_BYTES,
      keep: (recording) => {
        const kept = toCached(answer, recording, call, repeatable, clock.now());
        told = new TextEncoder().encode(JSON.stringify(kept));
      },
    });
    return answer;
  } finally {
    part.end(told);
  }
}

async function follow(
  part: Follower,
  call: ScheduledCall,
  clock: Clock,
): Promise<ScheduledAnswer | undefined> {
  const joinedAt = clock.now();
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    await clock.sleep(Math.min(FIRST_LOOK_MS * 2 ** look, LONGEST_WAIT_MS), call.signal);
    const found = await part.look();
    if (found === "running") continue;
    if (found === undefined) return undefined;
    const answer = JSON.parse(new TextDecoder().decode(found)) as CachedAnswer;
    return { ...replay(answer, "joined", call.signal), upstreamMs: clock.now() - joinedAt };
  }
  return undefined;
}
