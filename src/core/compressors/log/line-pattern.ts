/** What many lines have in common. */
interface LinePattern {
  /** What they begin and end with, "…" between. */
  readonly text: string;
  /** How many there are. */
  readonly lines: number;
}

/** Characters of a beginning or end that are told. */
const LONGEST_END = 24;

/**
 * The commonest pattern among lines, if at least half of them have it.
 *
 * Lines are alike if they have the same first and last word, where digits, and what follows the first letters of a
 * word, do not count: "test_a (x) ... ok" and "test_b (y) ... ok".
 */
export function commonestPattern(lines: readonly string[]): LinePattern | undefined {
  const groups = new Map<string, string[]>();
  for (const line of lines) {
    const key = keyOf(line);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [line]);
    else group.push(line);
  }
  let largest: readonly string[] = [];
  for (const group of groups.values()) if (group.length > largest.length) largest = group;
  if (2 * largest.length < lines.length) return undefined;
  const text = describe(largest);
  return text === undefined ? undefined : { text, lines: largest.length };
}

function keyOf(line: string): string {
  const words = line.trim().split(/\s+/, 40);
  return `${head(words[0] ?? "")} ${head(words.at(-1) ?? "")}`;
}

function head(word: string): string {
  return word.slice(0, 4).replaceAll(/\d/g, "0");
}

/** `undefined`: they have nothing in common that could be told. */
function describe([first = "", ...others]: readonly string[]): string | undefined {
  let start = Math.min(first.length, LONGEST_END);
  let end = Math.min(first.length, LONGEST_END);
  for (const line of others) {
    while (!line.startsWith(first.slice(0, start))) start -= 1;
    while (end > 0 && !line.endsWith(first.slice(-end))) end -= 1;
  }
  const isWhole = others.every((line) => line === first) && first.length <= 2 * LONGEST_END;
  const text = isWhole
    ? first.trim()
    : `${first.slice(0, start).trimStart()}…${end === 0 ? "" : first.slice(-end).trimEnd()}`;
  return text === "…" || text === "" ? undefined : text;
}
