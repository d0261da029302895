/**
 * A vendor's own count of what its model would read. It is no attempt at a call: vendors count for nothing, within limits
 * of their own, so it takes no place in those of the deployment and teaches nothing of its health.
 *
 *     request ──▶ who serves its model, counts its wire and is eligible: the first ──▶ one question, five seconds at most
 *                     │ nobody, or too many ask already
 *                     └──▶ no count
 */
import { type Clock, startTimer } from "../clock.ts";
import { ProviderError } from "../errors.ts";
import { codecFor } from "../wires/index.ts";
import { asString } from "../wires/read.ts";
import type { WireRequest } from "../wires/wire.ts";
import type { Pool } from "./pool.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** What a vendor counted. */
export interface VendorCount {
  readonly tokens: number;
  /** Id of the deployment that was asked. */
  readonly deployment: string;
}

const TIMEOUT_MS = 5_000;

/** Questions under way at once: nobody waits in a queue for a count. */
const MOST_AT_ONCE = 32;

export class VendorCounting {
  readonly #pool: Pool;
  readonly #clock: Clock;
  #asking = 0;

  constructor(pool: Pool, clock: Clock) {
    this.#pool = pool;
    this.#clock = clock;
  }

  /**
   * @returns `undefined` where nobody counts
   * @throws ProviderError if the vendor refuses, fails or takes too long; `signal.reason`
   */
  async count(request: WireRequest, signal: AbortSignal): Promise<VendorCount | undefined> {
    const { wire, body } = request;
    const serving = this.#pool.tryServing(asString(body["model"]), wire);
    const now = this.#clock.now();
    const deployment = serving?.deployments.find(
      (each) =>
        each.provider.countTokens !== undefined && each.provider.wires.includes(wire) && each.isEligible(now),
    );
    if (serving === undefined || deployment === undefined || this.#asking >= MOST_AT_ONCE) return undefined;
    const { id, provider, sentModel = serving.model } = deployment;
    const dropped = (provider.rejects ?? []).filter((name) => Object.hasOwn(body, name));
    const asked = codecFor(wire).forDeployment(request, { model: sentModel, dropped });
    const tooLate = new AbortController();
    const stopTimer = startTimer(this.#clock, TIMEOUT_MS, () => {
      tooLate.abort(new ProviderError("timeout", `deployment "${id}" did not count within ${TIMEOUT_MS} ms`));
    });
    const asking = AbortSignal.any([signal, tooLate.signal]);
    this.#asking += 1;
    try {
      const tokens = await unlessAborted(
        Promise.resolve(provider.countTokens?.({ ...asked, signal: asking })),
        asking,
      );
      return tokens === undefined ? undefined : { tokens, deployment: id };
    } finally {
      this.#asking -= 1;
      stopTimer();
    }
  }
}
