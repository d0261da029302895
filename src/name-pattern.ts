/**
 * Names that stand for many: a `*` is any run of characters, also none. So deployments say what they serve, and keys
 * what they may use.
 */

/** Whether a name stands for many. */
export function isPattern(name: string): boolean {
  return name.includes("*");
}

/**
 * Whether `name` is what `pattern` says. What stands between two `*` is looked for from the left, the first place will
 * do: O(length of both), whatever the pattern.
 *
 * @example
 * matchesPattern("claude-*", "claude-sonnet"); // true
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const [first = "", ...between] = pattern.split("*");
  const last = between.pop();
  if (last === undefined) return name === pattern;
  let position = first.length;
  for (const literal of between) {
    const place = name.indexOf(literal, position);
    if (place === -1) return false;
    position = place + literal.length;
  }
  return position + last.length <= name.length && name.startsWith(first) && name.endsWith(last);
}
