import type { AnswerCollector, WireBody, WireMessage } from "../wire.ts";
import { candidatesOf, parseChunk, partsOf } from "./chunk.ts";
import { readContent } from "./contents.ts";

/** The first candidate's message of a whole answer. */
export function readAnswer(body: WireBody): WireMessage | undefined {
  const candidate = candidatesOf(body)[0];
  return candidate && readContent({ role: "model", parts: joinTexts(partsOf(candidate)) });
}

/** Puts the first candidate's message together from its chunks. */
export function createAnswerCollector(): AnswerCollector {
  const parts: WireBody[] = [];
  return {
    add(frame) {
      for (const candidate of candidatesOf(parseChunk(frame.data) ?? {})) {
        if ((candidate["index"] ?? 0) === 0) parts.push(...partsOf(candidate));
      }
    },
    answer() {
      return parts.length === 0 ? undefined : readContent({ role: "model", parts: joinTexts(parts) });
    },
  };
}

/** Texts behind each other are one text in pieces. */
function joinTexts(parts: readonly WireBody[]): readonly WireBody[] {
  const said = parts.filter(({ thought }) => thought !== true);
  const text = said.map((part) => part["text"] ?? "").join("");
  return [...(text === "" ? [] : [{ text }]), ...said.filter((part) => part["text"] === undefined)];
}
