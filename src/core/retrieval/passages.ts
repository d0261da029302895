import { splitSentences } from "../../sentences.ts";

/** Bytes of UTF-8, about ten tokens: a shorter sentence, or line, says little without the next one. */
const SHORTEST_PASSAGE = 40;

/** Characters: no sentence is longer, and what is longer is cut. */
const LONGEST_PASSAGE = 600;

/** Sentences of a text, short ones together, to be ranked one by one; put together again they are the text. */
export function passages(text: string): readonly string[] {
  const found: string[] = [];
  let passage = "";
  for (const sentence of splitSentences(text).flatMap(cutToLength)) {
    passage += sentence;
    if (Buffer.byteLength(passage) < SHORTEST_PASSAGE) continue;
    found.push(passage);
    passage = "";
  }
  return passage === "" ? found : [...found, passage];
}

/** In parts of at most `LONGEST_PASSAGE`, no character cut in two. */
function cutToLength(sentence: string): readonly string[] {
  return sentence.match(new RegExp(`[\\s\\S]{1,${LONGEST_PASSAGE}}`, "gu")) ?? [];
}
