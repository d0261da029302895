import { seededRandom } from "../../test/seeded-random.ts";

/** Different words there are. */
const VOCABULARY = 50_000;

/**
 * Notes of 12 to 35 made-up words, as often as words are in texts: the r-th most frequent with probability ~ 1/r. Without
 * sense, grammar or topics, so that nothing but the words themselves tells notes apart. The same seed gives the same.
 */
export function madeUpNotes(seed: number): { next(): string } {
  const random = seededRandom(seed);
  const harmonic = Math.log(VOCABULARY) + 0.5772; // Σ 1/r up to VOCABULARY
  const word = (): string => `w${Math.floor(Math.exp(random() * harmonic)).toString(36)}q`;
  return {
    next() {
      const length = 12 + Math.floor(random() * 24);
      return Array.from({ length }, word).join(" ");
    },
  };
}

/** What somebody asks who wants this note: four of its words, drawn at random. */
export function questionFor(note: string, random: () => number): string {
  const words = note.split(" ");
  return Array.from({ length: 4 }, () => words[Math.floor(random() * words.length)]).join(" ");
}
