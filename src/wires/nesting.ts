/**
 * Whether a JSON value has objects and arrays inside each other beyond `levels`. Reading JSON takes any depth; writing
 * it, and every recursion over it, ends the stack at a few thousand. O(values), and looks no deeper than it must.
 *
 * @example
 * isDeeperThan(1, [1, 2]); // false
 * isDeeperThan(1, [1, [2]]); // true
 */
export function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((element) => isDeeperThan(levels - 1, element));
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key in fields) if (isDeeperThan(levels - 1, fields[key])) return true;
  return false;
}
