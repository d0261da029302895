/** A question, and another that asks something else in nearly the same words. */
export type Mutation = readonly [question: string, other: string];

const OPPOSITES = (
  "increase:decrease gain:lose best:worst good:bad buy:sell male:female before:after open:close start:stop more:less " +
  "high:low old:new big:small fast:slow hot:cold love:hate true:false right:wrong easy:hard cheap:expensive strong:weak " +
  "legal:illegal safe:dangerous above:below inside:outside import:export man:woman boy:girl first:last with:without " +
  "from:to advantages:disadvantages possible:impossible early:late black:white rich:poor"
)
  .split(" ")
  .map((pair) => pair.split(":"))
  .flatMap(([left = "", right = ""]): [string, string][] => [
    [left, right],
    [right, left],
  ]);

/** An English question with one thing changed: a word for its opposite, a number, a negation put in. */
export function mutationsOf(question: string): readonly Mutation[] {
  return [
    ...OPPOSITES.map(([word, opposite]) => question.replace(new RegExp(`\\b${word}\\b`), opposite)),
    question.replace(/\d+/, (digits) => String(Number(digits) + 1)),
    question.replace(/\b(is|are|do|does|can|should|will)\b(?! not)/, "$1 not"),
  ]
    .filter((other) => other !== question)
    .map((other) => [question, other]);
}
