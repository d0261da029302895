/**
 * Contents of a chat message as Gemini's parts. What is sent with the message is `inlineData`; an address is `fileData`,
 * and it is Google that fetches it: https://ai.google.dev/gemini-api/docs/file-input-methods. A part that cannot be said is
 * left out and noted.
 */

import { type Drop, dropOthers } from "../../drop.ts";
import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";

/** @param path - of the content, in the caller's body */
export function toParts(content: unknown, path: string, drop: Drop): readonly WireBody[] {
  if (typeof content === "string") return toText(content);
  return asArray(content).flatMap((part, index) => {
    const at = `${path}[${index}]`;
    const parts = isRecord(part) ? toPart(part, at, drop) : undefined;
    if (parts === undefined) drop(at);
    return parts ?? [];
  });
}

/** Text as a part; an empty one is none, and would be refused. */
export function toText(text: string): readonly WireBody[] {
  return text === "" ? [] : [{ text }];
}

const TEXT_FIELDS: ReadonlySet<string> = new Set(["type", "text", "refusal"]);
const IMAGE_FIELDS: ReadonlySet<string> = new Set(["url"]);

function toPart(part: WireBody, path: string, drop: Drop): readonly WireBody[] | undefined {
  const text = asString(part["text"]) ?? asString(part["refusal"]);
  if (text !== undefined) {
    dropOthers(part, TEXT_FIELDS, path, drop);
    return toText(text);
  }
  const type = asString(part["type"]) ?? "";
  const media = asRecord(part[type]) ?? {};
  switch (type) {
    case "image_url":
    case "video_url":
      if (media["detail"] !== "auto") dropOthers(media, IMAGE_FIELDS, `${path}.${type}`, drop);
      return fromURL(asString(media["url"]), type === "image_url" ? "image/jpeg" : "video/mp4");
    case "input_audio":
      return fromData(asString(media["data"]), `audio/${asString(media["format"]) ?? "wav"}`);
    case "file":
      return fromFile(media);
    default:
      return undefined;
  }
}

/** A file that OpenAI keeps is out of reach; one that Google keeps is known by its address. */
function fromFile({ file_id, file_data, filename }: WireBody): readonly WireBody[] | undefined {
  const data = asString(file_data);
  const named = typeFromName(asString(filename) ?? "") ?? "application/pdf";
  if (data !== undefined) return data.startsWith("data:") ? fromURL(data, named) : fromData(data, named);
  const address = asString(file_id);
  return address !== undefined && /^(?:https|gs):\/\//.test(address) ? fromURL(address, named) : undefined;
}

const DATA_URL = /^data:([^;,]+)(?:;[^;,]+)*;base64,/;

function fromURL(url: string | undefined, otherwise: string): readonly WireBody[] | undefined {
  if (url === undefined) return undefined;
  const [begin, type] = DATA_URL.exec(url) ?? [];
  if (begin !== undefined) return fromData(url.slice(begin.length), type ?? otherwise);
  if (!/^(?:https?|gs):\/\//.test(url)) return undefined;
  return [{ fileData: { mimeType: typeFromName(url) ?? otherwise, fileUri: url } }];
}

function fromData(data: string | undefined, mimeType: string): readonly WireBody[] | undefined {
  return data === undefined ? undefined : [{ inlineData: { mimeType, data } }];
}

/** By the ending of a name or an address. */
function typeFromName(name: string): string | undefined {
  const [, ending] = /\.([a-z0-9]{2,4})(?:[?#].*)?$/i.exec(name) ?? [];
  return TYPES[ending?.toLowerCase() ?? ""];
}

const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  heic: "image/heic",
  gif: "image/gif",
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  html: "text/html",
  json: "application/json",
  wav: "audio/wav",
  mp3: "audio/mp3",
  mp4: "video/mp4",
  webm: "video/webm",
};
