import type { Model } from "../chat.ts";
import type { Clock } from "../clock.ts";
import { isPattern } from "../name-pattern.ts";
import type { Pool } from "./pool.ts";
import type { Provider } from "./providers/provider.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** How long what an upstream lists, or that it could not, is remembered. */
const REMEMBERED_MS = 60_000;
const TIMEOUT_MS = 5_000;

interface Listing {
  readonly askedAt: number;
  readonly names: Promise<readonly string[]>;
}

/**
 * The list of models: concrete names first, in the pool's order, then what the upstreams list behind patterns. An
 * upstream that does not list, or not within five seconds, adds nothing and fails nothing. Concurrent callers share
 * one question.
 */
export class ModelList {
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #createdAt: number;
  readonly #listings = new Map<Provider, Listing>();
  readonly #closing = new AbortController();

  constructor(pool: Pool, clock: Clock) {
    this.#pool = pool;
    this.#clock = clock;
    this.#createdAt = Math.floor(clock.now() / 1_000);
  }

  async list(signal: AbortSignal): Promise<readonly Model[]> {
    const { deployments } = this.#pool;
    const named = deployments.filter(({ model }) => !isPattern(model));
    // A pattern with a name of its own to send answers to any name: what the upstream lists says nothing of it.
    const open = deployments.filter(({ model, sentModel }) => isPattern(model) && sentModel === undefined);
    const listed = await unlessAborted(
      Promise.all(open.map(({ provider }) => this.#namesOf(provider))),
      signal,
    );

    const owners = new Map<string, string>();
    const add = (id: string, owner: string): void => void (owners.has(id) || owners.set(id, owner));
    for (const { model, provider } of named) add(model, provider.name);
    for (const [index, deployment] of open.entries()) {
      for (const id of listed[index] ?? []) {
        if (this.#pool.serves(deployment, id)) add(id, deployment.provider.name);
      }
    }
    return [...owners].map(([id, owned_by]) => ({ id, object: "model", created: this.#createdAt, owned_by }));
  }

  /** Stops asking; what is asked at this moment counts as not listed. */
  close(): void {
    this.#closing.abort();
  }

  #namesOf(provider: Provider): Promise<readonly string[]> {
    const now = this.#clock.now();
    const known = this.#listings.get(provider);
    if (known && now < known.askedAt + REMEMBERED_MS) return known.names;
    const names = this.#ask(provider);
    this.#listings.set(provider, { askedAt: now, names });
    return names;
  }

  async #ask(provider: Provider): Promise<readonly string[]> {
    const asking = new AbortController();
    const signal = AbortSignal.any([asking.signal, this.#closing.signal]);
    const giveUp = this.#clock.sleep(TIMEOUT_MS, signal).then(
      () => asking.abort(),
      () => undefined,
    );
    try {
      return await unlessAborted(Promise.resolve(provider.listModels?.(signal) ?? []), signal);
    } catch {
      return [];
    } finally {
      asking.abort();
      await giveUp;
    }
  }
}
