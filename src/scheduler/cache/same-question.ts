/**
 * Whether two questions ask the same, as far as words can say. Embeddings put "with" beside "without", 5 beside 50 and Rome
 * beside Paris; so likeness alone answers a different question. These must agree before likeness counts:
 *
 *     numbers      every one, in order, with what is written against it: "5", "1.5", "20:30"
 *     negations    how many: not, never, without, n't …
 *     question     which question words, in order: who, when, how …
 *     names        capitalised words, wherever they do not begin a sentence
 *     time, modal  was or is or will; should or can
 *     the rest     every word that is not a filler, in order, plural or not: units, signs, opposites, directions
 *
 * What may differ is fillers (articles, "do"), a polite opening ("please tell me"), plurals, capitals at the start, punctuation. Fillers are English;
 * in another language every word counts. O(words).
 */

/** What of a question must agree. */
export interface QuestionFacts {
  readonly numbers: string;
  readonly negations: number;
  readonly question: string;
  readonly names: string;
  readonly modality: string;
  readonly content: string;
}

/** Reads a question once, to be compared any number of times. */
export function readQuestion(text: string): QuestionFacts {
  const plain = text.normalize("NFKC").replaceAll("’", "'").replace(POLITE_OPENING, "");
  const words = plain.toLowerCase().match(WORD) ?? [];
  const told = words.flatMap(splitContraction);
  const question = told.filter((word) => QUESTION_WORDS.has(word));
  return {
    numbers: told.filter((word) => /^\p{N}/u.test(word)).join(" "),
    negations: told.filter((word) => NEGATIONS.has(word)).length,
    question: question.join(" "),
    names: [...new Set(plain.match(NAME) ?? [])].map(toSingular).sort().join(" "),
    // "How can I" and "how do I" ask the same; "can I" and "should I" do not.
    modality: told.flatMap((word) => (question[0] === "how" ? [] : (MODALITY[word] ?? []))).join(" "),
    content: told
      .filter((word) => !FILLERS.has(word) && !Object.hasOwn(MODALITY, word))
      .map(toSingular)
      .join(" "),
  };
}

/** Whether everything agrees that must. */
export function isSameQuestion(left: QuestionFacts, right: QuestionFacts): boolean {
  return (
    left.content === right.content &&
    left.numbers === right.numbers &&
    left.negations === right.negations &&
    left.question === right.question &&
    left.names === right.names &&
    left.modality === right.modality
  );
}

/** What stands before a question and asks nothing. */
const POLITE_OPENING =
  /^\s*(?:please\s+)?(?:(?:(?:can|could|would) you (?:please )?)?tell me|do you know)\s+/i;

/** A number with its separators, a word with its inner marks ("c++" and "c#" too), or a sign that means something. */
const WORD = /\p{N}+(?:[.,:/]\p{N}+)*|\p{L}[\p{L}\p{M}\p{N}_]*(?:['-][\p{L}\p{N}]+)*[+#]*|[\p{S}%&@]/gu;

/** Not at the start of a text or a sentence, where capitals mean nothing. */
const NAME = /(?<=[\p{L}\p{N},;:"'()]\s+["'(]?)\p{Lu}[\p{L}\p{N}'-]*/gu;

const list = (words: string): ReadonlySet<string> => new Set(words.split(" "));

const QUESTION_WORDS = list("who whom whose what which when where why how");
const NEGATIONS = list(
  "not no never none nobody nothing nowhere neither nor without cannot except hardly barely non",
);
const FILLERS = list(
  "a an the is are am be been being do does have has of in on at for to with by and as that this these those it its there so please just really actually some any",
);

/** Words that say when, or how much it must be; all of one meaning count as one. */
const MODALITY: Readonly<Record<string, readonly string[]>> = {
  was: ["past"],
  were: ["past"],
  did: ["past"],
  had: ["past"],
  will: ["future"],
  shall: ["future"],
  can: ["can"],
  could: ["can"],
  may: ["may"],
  might: ["may"],
  should: ["should"],
  would: ["would"],
  must: ["must"],
};

function splitContraction(word: string): readonly string[] {
  if (word === "can't" || word === "cannot") return ["can", "not"];
  if (word === "won't") return ["will", "not"];
  if (word.endsWith("n't")) return [word.slice(0, -3), "not"];
  if (word.endsWith("'ll")) return [word.slice(0, -3), "will"];
  return [word.replace(/'(?:s|re|m)$/, "")];
}

function toSingular(word: string): string {
  const lower = word.toLowerCase().replace(/'s?$/, "");
  if (lower.length > 4 && lower.endsWith("ies")) return `${lower.slice(0, -3)}y`;
  if (lower.length > 3 && lower.endsWith("s") && !/(?:ss|us|is)$/.test(lower)) return lower.slice(0, -1);
  return lower;
}
