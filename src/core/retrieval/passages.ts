/** Characters; about 150 tokens of English: small enough to take only what matters, large enough to stand alone. */
const LONGEST_PASSAGE = 600;

/** Behind these a text may be parted: an end of line, a full stop before white space, a full stop of Han scripts. */
const BORDER = /(?<=\n|[.!?]\s|[。！？])/u;

/** A text in parts to be ranked one by one; put together again they are the text. */
export function passages(text: string): readonly string[] {
  const found: string[] = [];
  let passage = "";
  for (const sentence of text.split(BORDER).flatMap(cutToLength)) {
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
