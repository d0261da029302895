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

/** What a step of a pass over many messages takes for each, in characters of counting tokens. */
const CHARACTERS_A_MESSAGE = 16;

/** Work that may be left for a turn of the event loop wherever it yields. */
export type Steps<Result> = Generator<undefined, Result>;

/** Does the work on so many messages with turns of the event loop in between, if there are many. */
export async function inTurns<Result>(messages: number, steps: Steps<Result>): Promise<Result> {
  const breather = new Breather();
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    await breather.after(messages * CHARACTERS_A_MESSAGE);
  }
}

/** Does the same work in one go. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

/** Characters between two turns: about two milliseconds of counting tokens. */
const BETWEEN_TURNS = 16 * 1024;
