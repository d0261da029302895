/**
 * Compares two keys by their UTF-8 bytes, as LevelDB and Redis do: negative, 0 or positive.
 *
 * `<` compares UTF-16 units, and differs in one place: a surrogate pair (U+10000 and up) has units below those of
 * U+E000 to U+FFFF, but bytes above theirs.
 */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = rank(left.charCodeAt(index)) - rank(right.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Moves surrogates behind all other units and keeps the order otherwise. */
function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}
