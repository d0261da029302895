import { PromptCompilerError } from "../../errors.ts";
import type { ItemRole } from "./item.ts";

/** The largest content of an item, in bytes of UTF-8: 256 KiB. */
const MAX_ITEM_BYTES = 256 * 1024;

/** Whether a text says something and is no larger than an item may be. */
export function isItemContent(text: string): boolean {
  return text.trim() !== "" && Buffer.byteLength(text) <= MAX_ITEM_BYTES;
}

/** @throws PromptCompilerError `PC_INVALID_REQUEST`, with the size and the limit, if an item cannot hold this */
export function checkItemContent(content: unknown): asserts content is string {
  if (typeof content !== "string" || content.trim() === "") {
    throw new PromptCompilerError("PC_INVALID_REQUEST", "content must be a text that is not empty", {
      param: "content",
    });
  }
  const size = Buffer.byteLength(content);
  if (size > MAX_ITEM_BYTES) {
    throw new PromptCompilerError(
      "PC_INVALID_REQUEST",
      `content has ${size} bytes, an item may have ${MAX_ITEM_BYTES}`,
      { param: "content" },
    );
  }
}

const ITEM_ROLES: ReadonlySet<unknown> = new Set<ItemRole>(["user", "assistant", "tool", "note"]);

/** @throws PromptCompilerError `PC_INVALID_REQUEST`, with the roles there are, if this is none of them */
export function checkItemRole(role: unknown): asserts role is ItemRole {
  if (ITEM_ROLES.has(role)) return;
  const roles = [...ITEM_ROLES].join(", ");
  throw new PromptCompilerError("PC_INVALID_REQUEST", `role must be one of ${roles}`, { param: "role" });
}
