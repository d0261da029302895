import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";

/** A candidate's `logprobsResult` as OpenAI's `logprobs`, token by token; null if there is none (wire 11, wire 26). */
export function toLogprobs(candidate: WireBody): WireBody | null {
  const result = asRecord(candidate["logprobsResult"]);
  if (result === undefined) return null;
  const tops = asArray(result["topCandidates"]);
  const content = asArray(result["chosenCandidates"])
    .filter(isRecord)
    .map((chosen, index) => ({
      ...toToken(chosen),
      top_logprobs: asArray(asRecord(tops[index])?.["candidates"]).filter(isRecord).map(toToken),
    }));
  return { content, refusal: null };
}

/** A probability of 1 has the logarithm 0, which Gemini's JSON leaves out. */
function toToken({ token, logProbability = 0 }: WireBody) {
  const text = asString(token) ?? "";
  return { token: text, logprob: logProbability, bytes: [...Buffer.from(text)] };
}
