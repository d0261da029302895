/**
 * Lets other work of the process go on during a long one: after so many characters it gives the event loop a turn. By
 * characters, not by time, so that nothing depends on how fast a machine is.
 */
export class Breather {
  #worked = 0;

  /** Counts characters that were worked through; waits for one turn of the event loop where they are many. */
  async after(characters: number): Promise<void> {
    this.#worked += characters;
    if (this.#worked < BETWEEN_TURNS) return;
    this.#worked = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Characters between two turns: about two milliseconds of counting tokens. */
const BETWEEN_TURNS = 16 * 1024;
