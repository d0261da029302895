/** Share of the longer name's length by which two names may differ and still be taken for one. */
const NEAR = 0.4;

/**
 * The known name that was most likely meant, or `undefined` where none is near.
 *
 * Distance is the number of letters put in, left out, replaced or swapped with their neighbour (optimal string
 * alignment), over the names without case, "_" and "-". O(length²) a known name.
 *
 * @example
 * nearestName("max-input-token", ["maxInputTokens", "sharedTokens"]); // "maxInputTokens"
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = NEAR;
  for (const candidate of known) {
    const [a, b] = [bare(name), bare(candidate)];
    const share = distance(a, b) / Math.max(a.length, b.length, 1);
    if (share > least || (share === least && nearest !== undefined)) continue;
    least = share;
    nearest = candidate;
  }
  return nearest;
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, "");
}

function distance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? at(beforePrevious, j - 2) + 1
          : Number.POSITIVE_INFINITY;
      current.push(Math.min(at(previous, j) + 1, at(current, j - 1) + 1, replaced, swapped));
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
