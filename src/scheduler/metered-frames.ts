import type { Usage } from "../chat.ts";
import { laterUsage } from "../wires/later-usage.ts";
import type { Frame, WireCodec } from "../wires/wire.ts";

type Frames = readonly Frame[];

/**
 * The frames of an answer as they are, and what they say was used. Reads every frame once more: it stands only where a
 * limit on tokens has to be accounted for.
 */
export class MeteredFrames implements AsyncIterator<Frames> {
  readonly #frames: AsyncIterator<Frames>;
  readonly #codec: WireCodec;
  #usage: Usage | undefined;

  constructor(frames: AsyncIterator<Frames>, codec: WireCodec) {
    this.#frames = frames;
    this.#codec = codec;
  }

  /** The last usage that was reported so far. */
  get usage(): Usage | undefined {
    return this.#usage;
  }

  async next(): Promise<IteratorResult<Frames>> {
    const result = await this.#frames.next();
    if (result.done !== true) {
      for (const frame of result.value) {
        this.#usage = laterUsage(this.#usage, this.#codec.inspect(frame).usage);
      }
    }
    return result;
  }

  async return(): Promise<IteratorResult<Frames>> {
    await this.#frames.return?.();
    return { done: true, value: undefined };
  }
}

/** Tokens, input and output, as limits count them; `undefined` where nothing was reported. */
export function tokensUsed(usage: Usage | undefined): number | undefined {
  const { inputTokens, outputTokens } = usage ?? {};
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return (inputTokens ?? 0) + (outputTokens ?? 0);
}
