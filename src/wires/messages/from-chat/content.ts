/** The parts of a chat's messages as blocks. Blocks without words are left out: Anthropic refuses them (pitfall 9). */
import type { Drop } from "../../drop.ts";
import { isAbsent } from "../../drop.ts";
import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";

/** The blocks of some content. @param path - of the message that it is of */
export function toBlocks(content: unknown, path: string, drop: Drop): readonly WireBody[] {
  if (typeof content === "string") return textBlocks(content);
  return asArray(content).flatMap((part, index) => {
    const place = `${path}.content[${index}]`;
    if (!isRecord(part)) {
      drop(place);
      return [];
    }
    const blocks = blocksOfPart(part, place, drop);
    if (blocks === undefined) drop(place);
    return (blocks ?? []).map((block) => withCacheControl(block, part));
  });
}

/** Where a prompt is cached up to, in Anthropic's own words: clients of chat send it with what it stands at. */
export function withCacheControl(block: WireBody, { cache_control }: WireBody): WireBody {
  return isAbsent(cache_control) ? block : { ...block, cache_control };
}

function textBlocks(text: unknown): readonly WireBody[] {
  return typeof text === "string" && text.trim() !== "" ? [{ type: "text", text }] : [];
}

/** What Anthropic has blocks of its own for: some clients put them into a chat as they are. */
const NATIVE: ReadonlySet<unknown> = new Set(["image", "document", "search_result"]);

/** @returns `undefined` where it cannot be said */
function blocksOfPart(part: WireBody, path: string, drop: Drop): readonly WireBody[] | undefined {
  if (part["type"] === "text") return textBlocks(part["text"]);
  if (part["type"] === "refusal") return textBlocks(part["refusal"]);
  if (part["type"] === "image_url") return toImage(asRecord(part["image_url"]) ?? {}, path, drop);
  if (part["type"] === "file") return toDocument(asRecord(part["file"]) ?? {});
  return NATIVE.has(part["type"]) ? [part] : undefined;
}

function toImage({ url, detail }: WireBody, path: string, drop: Drop): readonly WireBody[] | undefined {
  if (typeof url !== "string") return undefined;
  if (!isAbsent(detail) && detail !== "auto") drop(`${path}.image_url.detail`);
  const source = readDataUrl(url) ?? { type: "url", url };
  return [{ type: "image", source }];
}

function toDocument({ file_data, filename }: WireBody): readonly WireBody[] | undefined {
  const source = typeof file_data === "string" ? readDataUrl(file_data) : undefined;
  if (source === undefined) return undefined;
  const title = asString(filename);
  const { media_type, data } = source;
  if (media_type.startsWith("image/")) return [{ type: "image", source }];
  if (media_type === "application/pdf") return [{ type: "document", source, ...(title && { title }) }];
  if (!media_type.startsWith("text/") && media_type !== "application/json") return undefined;
  const text = { type: "text", media_type: "text/plain", data: Buffer.from(data, "base64").toString() };
  return [{ type: "document", source: text, ...(title && { title }) }];
}

interface Base64Source {
  readonly type: "base64";
  readonly media_type: string;
  readonly data: string;
}

/** @returns `undefined` for an address of any other kind */
function readDataUrl(url: string): Base64Source | undefined {
  const comma = url.indexOf(",");
  const [, media_type] = /^data:([^;,]+)(?:;[^;,]+)*;base64$/.exec(url.slice(0, Math.max(0, comma))) ?? [];
  return media_type === undefined ? undefined : { type: "base64", media_type, data: url.slice(comma + 1) };
}
