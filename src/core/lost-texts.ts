/** What of the caller's words a compiled request no longer says, and where to get it back. */
import type { History } from "./history.ts";
import type { Segment } from "./segment.ts";

/** A segment with the handle of what it no longer says, if there is anything. @param toHandle - `undefined`: it is not kept */
export function withHandle(segment: Segment, toHandle: (text: string) => string | undefined): Segment {
  const lost = lostOf(segment)[0];
  return lost === undefined ? segment : { ...segment, handle: toHandle(lost) };
}

/** What this request no longer says, but for what was kept before its block was decided. */
export function lostTexts(segments: readonly Segment[], { decided }: History): readonly string[] {
  const kept = new Set(decided.blocks.map(({ handle }) => handle));
  return segments.filter(({ handle }) => handle === undefined || !kept.has(handle)).flatMap(lostOf);
}

/** Of the caller's words, those that a segment no longer says. */
function lostOf({ action, messages, emitted, text, lost = NONE }: Segment): readonly string[] {
  if (messages.length === 0) return NONE;
  return action === "cut" || emitted !== undefined ? [text] : lost;
}

const NONE: readonly string[] = [];
