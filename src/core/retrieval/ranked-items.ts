import type { RankedText } from "../../ranker.ts";
import type { ContextItem } from "../sharing/item.ts";

/** When it was said, as far as is known. */
export function momentOf({ occurredAt, createdAt }: ContextItem): number {
  return occurredAt ?? createdAt;
}

/** Items in the order in which they were said, those of one session one after the other. */
export function inGroups(items: readonly ContextItem[]): readonly ContextItem[] {
  const groups = new Map<string, ContextItem[]>();
  for (const item of items.toSorted((a, b) => momentOf(a) - momentOf(b))) {
    const key = groupOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()].flat();
}

/** An item, or a part of it, as a ranker sees it. */
export function toRankedText(item: ContextItem, text = item.content): RankedText {
  const { title, agentId } = item;
  return {
    text,
    group: groupOf(item),
    title,
    speaker: isTurn(item) ? agentId : undefined,
    date: momentOf(item),
  };
}

/** What was said in a session is a turn of it; a document, or what was noted outside one, stands alone. */
export function isTurn({ title, sessionId }: ContextItem): boolean {
  return title === undefined && sessionId !== undefined;
}

function groupOf(item: ContextItem): string {
  return isTurn(item) ? `session ${item.sessionId}` : `item ${item.id}`;
}
