import { asArray, asString, isRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";

/** Content as blocks: a string stands for one block of text. What is no block is left out. */
export function blocksOf(content: unknown): readonly WireBody[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return asArray(content).filter(isRecord);
}

/** All text of some content, a line each block; `undefined` blocks of other kinds are passed over. */
export function textOf(content: unknown): string {
  return blocksOf(content)
    .map(blockText)
    .filter((text) => text !== undefined && text !== "")
    .join("\n");
}

/** What a block says in words: its own, or those of the results in it; `undefined` for media and for tool calls. */
export function blockText(block: WireBody): string | undefined {
  if (block["type"] === "text") return asString(block["text"]);
  if (block["type"] === "tool_result" || block["type"] === "search_result") return textOf(block["content"]);
  return undefined;
}

/** The blocks, and those inside of tool results. */
export function allBlocks(content: unknown): readonly WireBody[] {
  return blocksOf(content).flatMap((block) =>
    block["type"] === "tool_result" ? [block, ...blocksOf(block["content"])] : [block],
  );
}

/** Blocks that hold something other than words. */
export const MEDIA: ReadonlySet<unknown> = new Set(["image", "document", "container_upload"]);
