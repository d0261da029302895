import { asArray, asRecord, asString, isRecord } from "../read.ts";
import type { Need, WireBody } from "../wire.ts";

/** What a request asks of whoever answers it, besides text. */
export function readNeeds(body: WireBody): readonly Need[] {
  const settings = asRecord(body["generationConfig"]) ?? {};
  const parts = asArray(body["contents"]).flatMap((content) => asArray(asRecord(content)?.["parts"]));
  const needs: readonly (Need | undefined | false)[] = [
    body["stream"] === true && "streaming",
    asArray(body["tools"]).length > 0 && "tools",
    (isRecord(settings["responseSchema"]) || isRecord(settings["responseJsonSchema"])) && "json-schema",
    settings["responseLogprobs"] === true && "logprobs",
    ...parts.filter(isRecord).map(needOfPart),
  ];
  return [...new Set(needs.filter((need) => need !== undefined && need !== false))];
}

function needOfPart({ inlineData, fileData }: WireBody): Need | undefined {
  const media = asRecord(inlineData) ?? asRecord(fileData);
  if (media === undefined) return undefined;
  const type = asString(media["mimeType"]) ?? "";
  return type.startsWith("image/") ? "vision" : type.startsWith("audio/") ? "audio" : "files";
}
