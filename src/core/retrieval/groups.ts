import type { RankedText } from "../../ranker.ts";

/** Texts of one session, document or paragraph: indexes `from` to before `to`. */
export interface Group {
  readonly from: number;
  readonly to: number;
}

/** The groups of texts in reading order: a group ends where the next text is of another one. */
export function groupsOf(texts: readonly RankedText[]): readonly Group[] {
  const groups: Group[] = [];
  for (let from = 0; from < texts.length; ) {
    let to = from + 1;
    while (to < texts.length && texts[to]?.group === texts[from]?.group) to += 1;
    groups.push({ from, to });
    from = to;
  }
  return groups;
}
