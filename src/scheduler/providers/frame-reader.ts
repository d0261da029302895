/**
 * Frames of a streamed answer, and whether it was complete.
 *
 * Complete is a stream that reached its wire's sentinel, or that ended after a frame with which the answer is complete,
 * whatever came behind it without saying more. Any other end is a "malformed-response" failure: an upstream that dies in
 * the middle of an answer must not look as if it had finished.
 *
 * Frames are not parsed on their way; only at an end without sentinel are the last ones looked at.
 */

import { ProviderError } from "../../errors.ts";
import type { Frame, WireCodec } from "../../wires/wire.ts";
import type { ChunkReader } from "./response-body.ts";
import type { SecretCheck } from "./sent-secrets.ts";
import { createSseReader } from "./sse.ts";

/** How many frames may follow the one that completes an answer: its usage, and what vendors add. */
const LONGEST_TAIL = 8;

/**
 * Makes the reader of one stream.
 *
 * @param upstream - who sends it, for messages
 * @param holdsSecret - a frame of which this is true ends the stream as a "malformed-response"
 */
export function createFrameReader(
  codec: WireCodec,
  upstream: string,
  holdsSecret: SecretCheck,
): ChunkReader<Frame> {
  const sse = createSseReader();
  const sentinel = codec.sentinel?.data;
  let tail: readonly Frame[] = [];
  let done = false;

  const upToSentinel = (frames: readonly Frame[]): readonly Frame[] => {
    const end = frames.findIndex(({ data }) => data === sentinel);
    if (end === -1) return frames;
    done = true;
    return frames.slice(0, end + 1);
  };

  const checked = (frames: readonly Frame[]): readonly Frame[] => {
    if (!frames.some(({ data, event = "" }) => holdsSecret(data, event))) return frames;
    throw new ProviderError("malformed-response", `${upstream} answered with a secret of ours in its stream`);
  };

  const isComplete = (): boolean => {
    const last = tail
      .map((frame) => codec.inspect(frame))
      .findLast((said) => said.terminal || said.meaningful);
    return last?.terminal === true;
  };

  return {
    get done() {
      return done;
    },
    push(chunk) {
      const frames = checked(upToSentinel(sse.push(chunk)));
      if (frames.length > 0)
        tail = frames.length < LONGEST_TAIL ? lastOf(tail, frames) : frames.slice(-LONGEST_TAIL);
      return frames;
    },
    end(broken) {
      // A frame that the end cut in half is dropped, and decides nothing.
      const rest = sse.end().filter((frame) => !codec.inspect(frame).malformed);
      const frames = checked(upToSentinel(rest));
      tail = lastOf(tail, frames);
      if (done || isComplete()) return frames;
      throw new ProviderError(
        "malformed-response",
        `${upstream} ended its stream in the middle of the answer`,
        {
          cause: broken,
        },
      );
    },
  };
}

function lastOf(before: readonly Frame[], frames: readonly Frame[]): readonly Frame[] {
  return [...before.slice(frames.length - LONGEST_TAIL), ...frames];
}
