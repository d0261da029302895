import type { FrameTranslation } from "../wires/translation.ts";
import type { Frame } from "../wires/wire.ts";

type Frames = readonly Frame[];

/** The frames of an answer in the caller's wire, as they come. An object, so that it can be left before it is begun. */
export class TranslatedFrames implements AsyncIterator<Frames> {
  readonly #upstream: AsyncIterator<Frames>;
  readonly #translation: FrameTranslation;
  #over = false;

  constructor(upstream: AsyncIterator<Frames>, translation: FrameTranslation) {
    this.#upstream = upstream;
    this.#translation = translation;
  }

  async next(): Promise<IteratorResult<Frames>> {
    while (!this.#over) {
      const { done, value } = await this.#upstream.next();
      this.#over = done === true;
      const frames = done ? this.#translation.end() : value.flatMap((frame) => this.#translation.push(frame));
      if (frames.length > 0) return { done: false, value: frames };
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Frames>> {
    this.#over = true;
    await this.#upstream.return?.();
    return { done: true, value: undefined };
  }
}
