/**
 * What the attempts of one call cost that did not give its answer: those that failed, and those that another was quicker
 * than. What is not known is not guessed:
 *
 *     refused, or never sent      0: whoever refuses counts no tokens
 *     reported before it failed   that, at the deployment's price
 *     anything else               unknown, and with it the sum: it may have used all that the answer did
 *
 * An attempt is unknown from its beginning until somebody knows better, so that one that is still being cancelled when
 * the call ends is not taken for free.
 */
export class LostCost {
  #unknown = 0;
  #knownUsd = 0;

  /** An attempt has begun. */
  begun(): void {
    this.#unknown += 1;
  }

  /** What it cost is known. Once an attempt. @param usd - 0 where it gives the answer, whose cost is counted there */
  known(usd: number): void {
    this.#unknown -= 1;
    this.#knownUsd += usd;
  }

  /** In US dollars; `undefined`: not known. */
  get usd(): number | undefined {
    return this.#unknown === 0 ? this.#knownUsd : undefined;
  }
}
