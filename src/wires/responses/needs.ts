import { asArray, asRecord } from "../read.ts";
import type { Need, WireBody } from "../wire.ts";
import { offeredTools } from "./offered-tools.ts";
import { inputItems, partsOf } from "./turns.ts";

/** What a request asks of whoever answers it, besides text. */
export function readNeeds(body: WireBody): readonly Need[] {
  const needs: readonly (Need | undefined | false)[] = [
    body["stream"] === true && "streaming",
    offeredTools(body).length > 0 && "tools",
    asRecord(asRecord(body["text"])?.["format"])?.["type"] === "json_schema" && "json-schema",
    wantsLogprobs(body) && "logprobs",
    ...inputItems(body["input"])
      .flatMap(partsOf)
      .map(({ type }) => NEED_OF_PART.get(type)),
  ];
  return [...new Set(needs.filter((need) => need !== undefined && need !== false))];
}

const NEED_OF_PART: ReadonlyMap<unknown, Need> = new Map([
  ["input_image", "vision"],
  ["input_audio", "audio"],
  ["input_file", "files"],
]);

export const LOGPROBS = "message.output_text.logprobs";

/** By their number, or by asking for them to be included. */
export function wantsLogprobs({ top_logprobs, include }: WireBody): boolean {
  return (typeof top_logprobs === "number" && top_logprobs > 0) || asArray(include).includes(LOGPROBS);
}
