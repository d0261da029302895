import { asRecord, asString } from "../read.ts";
import type { WireBody } from "../wire.ts";
import { partsOf } from "./turns.ts";

/**
 * The content of items as a chat message has it: a text, or parts where there is more than one.
 *
 * @param textOnly - who speaks: only users show images and files
 * @param dropped - takes the paths of what a chat cannot say
 */
export function chatContent(
  items: readonly { readonly item: WireBody; readonly path: string }[],
  textOnly: boolean,
  dropped: string[],
): string | readonly WireBody[] {
  const parts = items.flatMap(({ item, path }): readonly WireBody[] => {
    const key = item["output"] === undefined ? "content" : "output";
    const text = asString(item[key]);
    if (text !== undefined) return [{ type: "text", text }];
    return partsOf(item).flatMap((part, index) => {
      const said = toChatPart(part, textOnly);
      if (said === undefined) dropped.push(`${path}.${key}[${index}]`);
      return said === undefined ? [] : [said];
    });
  });
  const texts = parts.map((part) => asString(part["text"]));
  const isPlain = parts.length <= 1 || textOnly;
  if (isPlain && texts.every((text) => text !== undefined) && parts.every(hasTextOnly)) {
    return texts.join("\n");
  }
  return parts;
}

function hasTextOnly(part: WireBody): boolean {
  return Object.keys(part).every((key) => key === "type" || key === "text");
}

const TEXTS: ReadonlySet<unknown> = new Set(["input_text", "output_text", "text", "summary_text"]);

/** @returns `undefined` for what a chat has no part for */
function toChatPart({ type, ...part }: WireBody, textOnly: boolean): WireBody | undefined {
  if (TEXTS.has(type)) {
    const { text, annotations: _, logprobs: __, ...rest } = part;
    return { type: "text", text: asString(text) ?? "", ...rest };
  }
  if (textOnly) return undefined;
  if (type === "input_image") {
    const { image_url, file_id, detail, ...rest } = part;
    if (typeof image_url !== "string") return undefined;
    return { type: "image_url", image_url: { url: image_url, ...(detail != null && { detail }) }, ...rest };
  }
  if (type === "input_file") {
    const { file_id, filename, file_data, file_url, detail, ...rest } = part;
    if (file_id == null && file_data == null) return undefined;
    const file = { ...(file_id != null && { file_id }), ...(filename != null && { filename }) };
    return { type: "file", file: { ...file, ...(file_data != null && { file_data }) }, ...rest };
  }
  if (type === "input_audio") return { type, input_audio: asRecord(part["input_audio"]) ?? {} };
  return undefined;
}
