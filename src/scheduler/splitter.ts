/**
 * Splitting: a call for more embeddings than a request may hold goes as several requests, at once, and is answered as one.
 * Vectors come in the order of the inputs, with their indexes; usage is summed (wire 43).
 *
 *     call ──▶ cut into parts that fit ──▶ a request each ──▶ joined
 *
 * The first part that fails is the call's failure, and the others are cancelled. A call that fits goes on as it came.
 */

import { setMaxListeners } from "node:events";
import { ProviderError } from "../errors.ts";
import { readAnswer } from "../wires/embeddings/answers.ts";
import { readInputs } from "../wires/embeddings/inputs.ts";
import type { BatchLimits } from "./batch-limits.ts";
import { cut, joined, type PartAnswer, partOf } from "./batch-parts.ts";
import type { ScheduledAnswer, ScheduledCall } from "./call.ts";
import type { Layer, Run } from "./layer.ts";

/** The layer. @param limitsFor - what every deployment takes that may get the call. Throws where there is none */
export function splitting(limitsFor: (call: ScheduledCall) => BatchLimits): Layer {
  return (next) => async (call) => {
    if (call.wire !== "embeddings") return next(call);
    const target = { wire: call.wire, model: call.model ?? "", contextWindow: undefined };
    const inputs = readInputs(call.requestFor(target).body);
    const cuts = inputs === undefined ? [] : cut(inputs, limitsFor(call));
    return cuts.length < 2 ? next(call) : askApart(call, cuts, next);
  };
}

async function askApart(
  call: ScheduledCall,
  cuts: ReturnType<typeof cut>,
  next: Run,
): Promise<ScheduledAnswer> {
  const others = new AbortController();
  const signal = AbortSignal.any([call.signal, others.signal]);
  setMaxListeners(0, signal);
  const asked = cuts.map(async (inputs): Promise<PartAnswer> => {
    const answer = await next(partOf(call, inputs, signal));
    const vectors = readAnswer(answer.reply.body ?? new Uint8Array(), inputs.count);
    if (vectors !== undefined) return { answer, vectors };
    throw new ProviderError("malformed-response", "the answer has not one vector for each input");
  });
  try {
    return joined(await Promise.all(asked));
  } catch (error) {
    others.abort(new Error("another part of the call failed"));
    throw error;
  }
}
