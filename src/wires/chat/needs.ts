import { asArray, asCount, asRecord, isRecord } from "../read.ts";
import type { Need, WireBody } from "../wire.ts";

/** What a chat request asks of whoever answers it, besides text. */
export function readNeeds(body: WireBody): readonly Need[] {
  const parts = asArray(body["messages"]).flatMap((message) => asArray(asRecord(message)?.["content"]));
  const needs: readonly (Need | undefined | false)[] = [
    body["stream"] === true && "streaming",
    asArray(body["tools"]).length + asArray(body["functions"]).length > 0 && "tools",
    asRecord(body["response_format"])?.["type"] === "json_schema" && "json-schema",
    (body["logprobs"] === true || (asCount(body["top_logprobs"]) ?? 0) > 0) && "logprobs",
    asArray(body["modalities"]).includes("audio") && "audio",
    ...parts.filter(isRecord).map(({ type }) => NEED_OF_PART.get(type)),
  ];
  return [...new Set(needs.filter((need) => need !== undefined && need !== false))];
}

const NEED_OF_PART: ReadonlyMap<unknown, Need> = new Map([
  ["image_url", "vision"],
  ["input_audio", "audio"],
  ["file", "files"],
]);
