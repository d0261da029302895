import type { Deployment } from "../deployment.ts";
import type { Price } from "../price.ts";
import type { Strategy } from "./strategy.ts";
import { weighted } from "./weighted.ts";

export interface LowestCostOptions {
  /** Output tokens of the expected call, as a part of all its tokens: from 0 to 1. @defaultValue 0.2 */
  readonly outputShare?: number | undefined;
}

export const lowestCostDefaults = { outputShare: 0.2 };

/**
 * Picks the deployment whose tokens are cheapest; those of equal price share by weight. A price that is not known is
 * not 0: such a deployment gets a call only where every other is not eligible. O(eligible) a pick.
 *
 *     price of a token[d] = (1 − outputShare) · input price[d] + outputShare · output price[d]
 *
 * @throws RangeError if `outputShare` is not from 0 to 1
 */
export function lowestCost(options: LowestCostOptions = {}): Strategy {
  const { outputShare = lowestCostDefaults.outputShare } = options;
  if (!(outputShare >= 0 && outputShare <= 1)) {
    throw new RangeError(`lowestCost: outputShare must be from 0 to 1, got ${outputShare}`);
  }
  const ties = weighted();
  const known = new WeakMap<Price, number>();

  const expected = (price: Price): number => {
    const found = known.get(price);
    if (found !== undefined) return found;
    const mixed = (1 - outputShare) * price.inputPer1M + outputShare * price.outputPer1M;
    known.set(price, mixed);
    return mixed;
  };
  const priceOf = ({ price }: Deployment): number => (price ? expected(price) : Number.POSITIVE_INFINITY);

  return {
    name: "lowest-cost",
    pick(eligible) {
      const least = Math.min(...eligible.map(priceOf));
      return ties.pick(eligible.filter((deployment) => priceOf(deployment) === least));
    },
  };
}
