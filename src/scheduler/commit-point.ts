/**
 * The commit point: how much of an answer must be there before it is handed to the caller. Up to here every failure
 * can fail over; from here on none can, for the caller has seen the beginning.
 *
 * Of frames it is the first that says something, or the one with which the answer is complete: an answer without a word
 * is an answer. Of a body it is all of it. An error that comes inside a 200 is found here.
 */

import { ProviderError } from "../errors.ts";
import { parseRecord } from "../wires/read.ts";
import type { Frame, FrameFacts, WireBody, WireCodec } from "../wires/wire.ts";
import { failureKind } from "./providers/failure-kind.ts";

/**
 * Reads up to the commit point.
 *
 * @returns what came, in the arrays in which it came
 * @throws ProviderError if the frames end, break off or report an error before that
 */
export async function readToCommitPoint(
  frames: AsyncIterator<readonly Frame[]>,
  codec: WireCodec,
  deployment: string,
): Promise<(readonly Frame[])[]> {
  const head: (readonly Frame[])[] = [];
  for (;;) {
    const { done, value } = await frames.next();
    if (done) {
      throw new ProviderError("malformed-response", `deployment "${deployment}" ended its answer unsaid`);
    }
    head.push(value);
    for (const frame of value) {
      const { error, meaningful, terminal } = codec.inspect(frame);
      if (error !== undefined) throw errorInside(error, deployment);
      if (meaningful || terminal) return head;
    }
  }
}

/** Checks a whole answer. @throws ProviderError if it is no JSON object, or reports an error */
export function checkAnswer(answer: Uint8Array, codec: WireCodec, deployment: string): void {
  const body = parseAnswer(answer);
  if (body === undefined) {
    throw new ProviderError("malformed-response", `deployment "${deployment}" answered no JSON object`);
  }
  const { error } = codec.inspectBody(body);
  if (error !== undefined) throw errorInside(error, deployment);
}

const decoder = new TextDecoder();

function parseAnswer(answer: Uint8Array): WireBody | undefined {
  return parseRecord(decoder.decode(answer));
}

/** A code, not a sentence: sentences may quote the prompt. */
const CODE = /^[\w.-]{1,64}$/;
const STATUS = /^[45]\d\d$/;

/** The failure that an upstream reported inside its 200. What it said is judged, and not repeated. */
function errorInside({ message, code }: NonNullable<FrameFacts["error"]>, deployment: string): ProviderError {
  const told = code !== undefined && CODE.test(code) ? code : undefined;
  // Some vendors give the HTTP status they would have sent as the code; without one the fault is the upstream's own.
  const status = told !== undefined && STATUS.test(told) ? Number(told) : 500;
  const kind = failureKind({ status, codes: told === undefined ? [] : [told], message });
  return new ProviderError(kind, `deployment "${deployment}" reported ${kind} inside its 200`, {
    upstreamCode: told,
  });
}
