/**
 * The life of something that is opened at first need and closed once.
 *
 *     (new) ──first use──▶ opening ──▶ open ──close──▶ closed
 *       ▲                     │
 *       └──── it failed ──────┘
 *
 * - Uses that meet while it opens share one opening. After a failure the next use tries again.
 * - `close` waits for the uses under way. What was never opened is never opened.
 */
export class OpenOnce<Opened> {
  readonly #open: () => Promise<Opened>;
  readonly #close: (opened: Opened) => Promise<void>;
  readonly toClosedError: () => Error;
  readonly #underWay = new Set<Promise<unknown>>();
  #opening: Promise<Opened> | undefined;
  #closing: Promise<void> | undefined;

  constructor(life: {
    readonly open: () => Promise<Opened>;
    readonly close: (opened: Opened) => Promise<void>;
    /** What a use after `close` rejects with. */
    readonly toClosedError: () => Error;
  }) {
    this.#open = life.open;
    this.#close = life.close;
    this.toClosedError = life.toClosedError;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Runs `work` with what is open, opening it first where need be. */
  async use<Result>(work: (opened: Opened) => Promise<Result>): Promise<Result> {
    if (this.closed) throw this.toClosedError();
    const use = this.#opened().then(work);
    this.#underWay.add(use);
    try {
      return await use;
    } finally {
      this.#underWay.delete(use);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  #opened(): Promise<Opened> {
    if (this.#opening === undefined) {
      const opening = this.#open();
      this.#opening = opening;
      opening.catch(() => {
        this.#opening = undefined;
      });
    }
    return this.#opening;
  }

  async #end(): Promise<void> {
    // Nothing new can come: `closed` is true from here on.
    await Promise.allSettled(this.#underWay);
    if (this.#opening !== undefined) await this.#close(await this.#opening);
  }
}
