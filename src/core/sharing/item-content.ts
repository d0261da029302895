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

/** Characters a title may have. */
const MAX_TITLE_LENGTH = 512;

/** @throws PromptCompilerError `PC_INVALID_REQUEST` if this is no title, or no moment, of an item; both may be absent */
export function checkItemFacts(facts: {
  title: unknown;
  occurredAt: unknown;
}): asserts facts is { title: string | undefined; occurredAt: number | undefined } {
  const { title, occurredAt } = facts;
  if (title !== undefined && (typeof title !== "string" || title === "" || title.length > MAX_TITLE_LENGTH)) {
    throw new PromptCompilerError(
      "PC_INVALID_REQUEST",
      `title must be a text of 1 to ${MAX_TITLE_LENGTH} characters`,
      { param: "title" },
    );
  }
  if (isMoment(occurredAt)) return;
  throw new PromptCompilerError("PC_INVALID_REQUEST", "occurredAt must be milliseconds since the epoch", {
    param: "occurredAt",
  });
}

/** Whether this is absent, or a moment that a Date can say, since the epoch. */
export function isMoment(value: unknown): value is number | undefined {
  if (value === undefined) return true;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 8.64e15;
}
