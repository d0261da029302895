/**
 * Configuration at run time: the generation that calls go by now, and those of before that still have calls under way.
 *
 *     replace ──▶ the next is made and checked ──▶ it takes over, at once ──▶ the earlier drains ──▶ providers close
 *                       │ a mistake
 *                       └──▶ rejects: nothing has changed
 *
 * A provider is closed when the last generation that has it is over, never while a call may still go there. There is one
 * current generation at each moment and no wait between check and take-over, so replacements that are asked for together
 * follow one another in the order in which they were asked for.
 */

import { PromptCompilerError } from "../errors.ts";
import {
  type ChangeableOptions,
  type ConfigurationChanges,
  Generation,
  type GenerationParts,
} from "./generation.ts";
import type { Price } from "./price.ts";
import type { Provider } from "./providers/provider.ts";
import type { Strategy } from "./strategies/strategy.ts";

export class Generations {
  readonly #parts: GenerationParts;
  readonly #onTakeOver: (generation: Generation) => void;
  /** Those that are not over, the current one last. */
  readonly #alive = new Set<Generation>();
  /** Ends of generations that are waited for. */
  readonly #drains = new Set<Promise<void>>();
  readonly #closed = new WeakSet<Provider>();
  /** By id. Prices outlive their deployments: an answer may be accounted for when its deployment has gone. */
  readonly #prices = new Map<string, Price | undefined>();
  #current: Generation;
  #closing: Promise<unknown> | undefined;

  /** @param onTakeOver - told of each generation when it becomes the current one, the first included */
  constructor(
    options: ChangeableOptions & { readonly strategy: Strategy },
    parts: GenerationParts,
    onTakeOver: (generation: Generation) => void,
  ) {
    this.#parts = parts;
    this.#onTakeOver = onTakeOver;
    this.#current = new Generation(options, parts);
    this.#takeOver(this.#current);
  }

  get current(): Generation {
    return this.#current;
  }

  /** @param deployment - an id of this generation, or of an earlier one */
  priceOf(deployment: string): Price | undefined {
    return this.#prices.get(deployment);
  }

  /**
   * Makes another generation the current one. What is left out of `changes` stays as it is.
   *
   * @returns when all calls of the earlier one have ended and the providers that nobody needs are closed
   * @throws TypeError or RangeError naming the option and its value: then nothing has changed
   */
  async replace(changes: ConfigurationChanges): Promise<void> {
    if (this.#closing !== undefined) throw new PromptCompilerError("PC_CLOSED", "the scheduler is closed");
    const earlier = this.#current;
    const said = Object.entries(changes).filter(([, value]) => value !== undefined);
    const next = new Generation(
      Object.assign({}, earlier.options, Object.fromEntries(said)),
      this.#parts,
      earlier,
    );
    for (const { id, provider } of next.pool.deployments) {
      if (!this.#closed.has(provider)) continue;
      throw new TypeError(
        `reconfigure: the provider of deployment "${id}" was closed when it left the configuration; make a new one`,
      );
    }
    this.#takeOver(next);
    this.#parts.emit({ type: "reconfigured", ...compared(earlier, next) });
    await this.#drain(earlier);
  }

  /** Waits for the calls under way and closes all providers. A second call waits for the same. */
  async close(): Promise<void> {
    this.#closing ??= Promise.all([this.#drain(this.#current), ...this.#drains]);
    await this.#closing;
  }

  #takeOver(generation: Generation): void {
    this.#current = generation;
    this.#alive.add(generation);
    for (const { id, price } of generation.pool.deployments) this.#prices.set(id, price);
    generation.takeOver();
    this.#onTakeOver(generation);
  }

  async #drain(generation: Generation): Promise<void> {
    const drain = generation.retire().then(() => this.#release(generation));
    this.#drains.add(drain);
    try {
      await drain;
    } finally {
      this.#drains.delete(drain);
    }
  }

  async #release(generation: Generation): Promise<void> {
    this.#alive.delete(generation);
    const needed = new Set([...this.#alive].flatMap(providersOf));
    const free = new Set(providersOf(generation).filter((provider) => !needed.has(provider)));
    for (const provider of free) this.#closed.add(provider);
    await Promise.all([...free].map((provider) => provider.close?.()));
  }
}

function providersOf({ pool }: Generation): readonly Provider[] {
  return pool.deployments.map(({ provider }) => provider);
}

/** Which deployments came, went and stayed. */
function compared(earlier: Generation, next: Generation) {
  const before = new Set(earlier.pool.deployments.map(({ identity }) => identity));
  const after = new Set(next.pool.deployments.map(({ identity }) => identity));
  const idsOf = ({ pool }: Generation, of: (identity: object) => boolean): readonly string[] =>
    pool.deployments.filter(({ identity }) => of(identity)).map(({ id }) => id);
  return {
    added: idsOf(next, (identity) => !before.has(identity)),
    removed: idsOf(earlier, (identity) => !after.has(identity)),
    kept: idsOf(next, (identity) => before.has(identity)),
  };
}
