import { splitSentences } from "../../sentences.ts";

/** Characters; about 75 tokens of English: small enough to take only what matters, large enough to stand alone. */
const LONGEST_PASSAGE = 300;

/** A text in parts to be ranked one by one; put together again they are the text. */
export function passages(text: string): readonly string[] {
  const found: string[] = [];
  let passage = "";
  for (const sentence of splitSentences(text).flatMap(cutToLength)) {
    if (passage.length + sentence.length > LONGEST_PASSAGE) {
      if (passage !== "") found.push(passage);
      passage = "";
    }
    passage += sentence;
  }
  return passage === "" ? found : [...found, passage];
}

/** In parts of at most `LONGEST_PASSAGE`, no character cut in two. */
function cutToLength(sentence: string): readonly string[] {
  return sentence.match(new RegExp(`[\\s\\S]{1,${LONGEST_PASSAGE / 2}}`, "gu")) ?? [];
}
