/** Anthropic's blocks as the parts of a chat's messages. */
import { type Drop, dropOthers } from "../../drop.ts";
import { asRecord, asString } from "../../read.ts";
import type { WireBody } from "../../wire.ts";
import { blocksOf, textOf } from "../blocks.ts";

/** The parts of some blocks. @param path - of the list they are in */
export function toParts(blocks: readonly WireBody[], path: string, drop: Drop): readonly WireBody[] {
  return blocks.flatMap((block, index) => {
    const place = `${path}[${index}]`;
    const parts = partsOfBlock(block);
    if (parts === undefined) drop(place);
    else dropOthers(block, READ, place, drop);
    return parts ?? [];
  });
}

/** Fields of blocks that are read here: marks, citations and what else there is have no words in a chat. */
const READ: ReadonlySet<string> = new Set(["type", "text", "source", "title", "content"]);

/** One text as such, as every server takes it. */
export function toContent(parts: readonly WireBody[]): unknown {
  const [first] = parts;
  return parts.length === 1 && first?.["type"] === "text" ? first["text"] : parts;
}

/** @returns `undefined` where it cannot be said */
function partsOfBlock(block: WireBody): readonly WireBody[] | undefined {
  const source = asRecord(block["source"]) ?? {};
  switch (block["type"]) {
    case "text":
      return [{ type: "text", text: block["text"] }];
    case "image":
      return toImage(source);
    case "document":
      return toFile(source, asString(block["title"]));
    case "search_result":
      return [{ type: "text", text: `${block["title"]} (${block["source"]}):\n${textOf(block["content"])}` }];
    default:
      return undefined;
  }
}

function toImage(source: WireBody): readonly WireBody[] | undefined {
  const url = source["type"] === "url" ? asString(source["url"]) : dataUrl(source);
  return url === undefined ? undefined : [{ type: "image_url", image_url: { url } }];
}

function toFile(source: WireBody, title: string | undefined): readonly WireBody[] | undefined {
  if (source["type"] === "text") return named(asString(source["data"]) ?? "", title);
  if (source["type"] === "content") {
    const blocks = blocksOf(source["content"]);
    const parts = blocks.map(partsOfBlock);
    return parts.includes(undefined) ? undefined : parts.flatMap((each) => each ?? []);
  }
  const file_data = dataUrl(source);
  if (file_data === undefined) return undefined;
  return [{ type: "file", file: { filename: title ?? "document.pdf", file_data } }];
}

function named(text: string, title: string | undefined): readonly WireBody[] {
  return [{ type: "text", text: title === undefined ? text : `${title}:\n${text}` }];
}

function dataUrl({ type, media_type, data }: WireBody): string | undefined {
  return type === "base64" ? `data:${media_type};base64,${data}` : undefined;
}
