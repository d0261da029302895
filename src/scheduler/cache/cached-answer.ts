import type { Usage } from "../../chat.ts";
import type { Frame, Reply } from "../../wires/wire.ts";
import type { ScheduledAnswer } from "../call.ts";

/** What is known of a kept answer without reading it: enough to find it again and to throw it out. */
export interface AnswerFacts {
  readonly tenant: string;
  readonly key: string;
  /** The agent whose forgetting takes it along. */
  readonly keeper?: string | undefined;
  /** The call that it was made for. */
  readonly callId: string;
  /** The id that the answer itself says, e.g. "chatcmpl-…". */
  readonly answerId?: string | undefined;
  /** `undefined`: the pool's first deployment was asked for. */
  readonly requestedModel?: string | undefined;
  /** Who answered in fact, after any failover. */
  readonly deployment: string;
  readonly sentModel: string;
  readonly servedModel?: string | undefined;
  /** Ids of the context items that were injected into the question. */
  readonly contextIds: readonly string[];
}

/** An answer as it is kept: what the upstream said, to be said again. */
export interface CachedAnswer {
  readonly facts: AnswerFacts;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
  readonly status: number;
  readonly contentType?: string | undefined;
  readonly dropped: readonly string[];
  /** What answering cost the first time. */
  readonly usage?: Usage | undefined;
  readonly said: Said;
}

/** A body, or a stream in the arrays it came in. */
export type Said = { readonly body: string } | { readonly frames: readonly (readonly Frame[])[] };

/** What every entry takes besides its text, and every frame. */
const ENTRY_BYTES = 1_024;
const FRAME_BYTES = 64;

/** Bytes that frames take in memory, at most: two for each character. */
export function bytesOfFrames(frames: readonly Frame[]): number {
  return frames.reduce(
    (sum, { data, event = "" }) => sum + FRAME_BYTES + 2 * (data.length + event.length),
    0,
  );
}

/** Bytes that an entry takes in memory, at most. */
export function bytesOf({ said }: Pick<CachedAnswer, "said">): number {
  if ("body" in said) return ENTRY_BYTES + 2 * said.body.length;
  return said.frames.reduce((sum, frames) => sum + bytesOfFrames(frames), ENTRY_BYTES);
}

/** The answer said again, to a call that made no attempt. */
export function replay(
  cached: CachedAnswer,
  cache: "hit" | "semantic" | "joined",
  signal: AbortSignal,
): ScheduledAnswer {
  const { facts, status, contentType, dropped, said } = cached;
  const { deployment, sentModel, servedModel } = facts;
  const head = { status, headers: contentType === undefined ? {} : { "content-type": contentType } };
  const reply: Reply =
    "body" in said
      ? { ...head, body: new TextEncoder().encode(said.body) }
      : { ...head, frames: replayFrames(said.frames, signal) };
  return { deployment, sentModel, servedModel, attempts: 0, upstreamMs: 0, dropped, reply, cache };
}

async function* replayFrames(
  kept: readonly (readonly Frame[])[],
  signal: AbortSignal,
): AsyncGenerator<readonly Frame[]> {
  for (const frames of kept) {
    signal.throwIfAborted();
    yield frames;
  }
}
