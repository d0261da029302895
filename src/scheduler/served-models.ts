/**
 * Which deployments serve which model, worked out once for as long as a pool lasts.
 *
 *     a name     those with exactly that model: one look into a map
 *     else       patterns, the most specific first, until one matches: the most specific has the most characters besides
 *                `*`. Patterns that are equally specific and both match serve together, in the pool's order
 *
 * A call costs the same however many deployments stand behind a name; a name that only patterns match costs a comparison
 * for each pattern that is more specific.
 */

import { isPattern, matchesPattern } from "../name-pattern.ts";

interface Serves {
  readonly model: string;
}

/** Patterns of one specificity, each once, and those who serve any of them. */
interface Rank<Deployment> {
  readonly patterns: readonly string[];
  readonly deployments: readonly Deployment[];
}

export class ServedModels<Deployment extends Serves> {
  readonly #exact: ReadonlyMap<string, readonly Deployment[]>;
  /** The most specific first. */
  readonly #ranks: readonly Rank<Deployment>[];

  /** @param deployments - in the pool's order */
  constructor(deployments: readonly Deployment[]) {
    // A pattern is a name too, to whoever asks for it in so many signs.
    this.#exact = groupBy(deployments, ({ model }) => model);
    const ranks = groupBy(
      deployments.filter(({ model }) => isPattern(model)),
      specificity,
    );
    this.#ranks = [...ranks]
      .sort(([one], [other]) => other - one)
      .map(([, alike]) => ({ patterns: [...new Set(alike.map(({ model }) => model))], deployments: alike }));
  }

  /** Every name and pattern, in the pool's order. */
  get names(): readonly string[] {
    return [...this.#exact.keys()];
  }

  /** Those who serve `name`, in the pool's order; none: nobody does. */
  serving(name: string): readonly Deployment[] {
    const exact = this.#exact.get(name);
    if (exact !== undefined) return exact;
    for (const { patterns, deployments } of this.#ranks) {
      const matching = patterns.filter((pattern) => matchesPattern(pattern, name));
      if (matching.length === patterns.length) return deployments;
      if (matching.length > 0) return deployments.filter(({ model }) => matching.includes(model));
    }
    return [];
  }
}

function specificity({ model }: Serves): number {
  return model.replaceAll("*", "").length;
}

function groupBy<T, Key>(values: readonly T[], keyOf: (value: T) => Key): Map<Key, T[]> {
  const groups = new Map<Key, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}
