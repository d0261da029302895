/**
 * The commit point: how much of an answer must be there before it is handed to the caller. Up to here every failure
 * can fail over; from here on none can, for the caller has seen the beginning.
 *
 * Of frames it is the first that says something, or the one with which the answer is complete: an answer without a word
 * is an answer. Of a body it is all of it. An error that comes inside a 200 is found here, and so is an event that cannot
 * be read: somebody else may answer without one.
 */

import { ProviderError } from "../errors.ts";
import { decodeText, parseRecord } from "../wires/read.ts";
import type { Frame, WireBody, WireCodec } from "../wires/wire.ts";
import { errorInside } from "./error-inside.ts";

/** Characters that are kept before anything is said: an upstream could send pings for as long as it may be silent. */
const LONGEST_HEAD = 64 * 1024 * 1024;

/** What a frame takes besides its text. */
const FRAME_OVERHEAD = 64;

/**
 * Reads up to the commit point.
 *
 * @returns what came, in the arrays in which it came
 * @throws ProviderError if the frames end, break off, report an error or cannot be read before that
 */
export async function readToCommitPoint(
  frames: AsyncIterator<readonly Frame[]>,
  codec: WireCodec,
  deployment: string,
): Promise<(readonly Frame[])[]> {
  const head: (readonly Frame[])[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await frames.next();
    if (done) {
      throw new ProviderError("malformed-response", `deployment "${deployment}" ended its answer unsaid`);
    }
    head.push(value);
    for (const frame of value) {
      length += frame.data.length + FRAME_OVERHEAD;
      if (length > LONGEST_HEAD) {
        const message = `deployment "${deployment}" sent ${length} characters and said nothing`;
        throw new ProviderError("malformed-response", message);
      }
      const { error, malformed, meaningful, terminal } = codec.inspect(frame);
      if (malformed) {
        const message = `deployment "${deployment}" sent an event that is no JSON object`;
        throw new ProviderError("malformed-response", message);
      }
      if (error !== undefined) throw errorInside(error, frame.data, deployment);
      if (meaningful || terminal) return head;
    }
  }
}

/** Reads a whole answer. @throws ProviderError if it is no JSON object, or reports an error */
export function readAnswer(answer: Uint8Array, codec: WireCodec, deployment: string): WireBody {
  const text = decodeText(answer);
  const body = parseRecord(text);
  if (body === undefined) {
    throw new ProviderError("malformed-response", `deployment "${deployment}" answered no JSON object`);
  }
  const { error } = codec.inspectBody(body);
  if (error !== undefined) throw errorInside(error, text, deployment);
  return body;
}
