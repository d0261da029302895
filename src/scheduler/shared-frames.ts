/**
 * One stream, read by many: each reader gets every frame from the start, whenever it came.
 *
 *     upstream ──▶ │ kept frames │ ──▶ readers, each at its own place
 *                    ▲ asked for by whoever is furthest
 *
 * - The upstream is read as fast as the fastest reader reads, never ahead of it, one question at a time.
 * - Kept frames take `maxBytes` at most. Once they would take more, nobody may join any more and what all have read is let
 *   go; a reader that still lies further behind than that gets an error: it would hold up the others or fill the memory.
 * - An end or a failure of the upstream reaches every reader, behind all frames that came before it.
 * - A reader leaves by `return` or by its signal, and takes nothing with it. Whoever counts them says when to
 *   close the upstream.
 */
import { ProviderError } from "../errors.ts";
import type { Frame } from "../wires/wire.ts";
import { unlessAborted } from "./unless-aborted.ts";

type Frames = readonly Frame[];

const DONE: IteratorResult<Frames> = { done: true, value: undefined };

/** Bytes that frames may take while readers are behind. */
const MAX_BYTES = 1024 * 1024;

export interface SharedFramesOptions {
  /** @defaultValue 1 MiB */
  readonly maxBytes?: number | undefined;
  /** Nobody may join any more: it is over, or its beginning is gone. Called once. */
  readonly onClosed: () => void;
  /** A reader has left, or is done. Called once a reader. */
  readonly onLeft: () => void;
}

export class SharedFrames {
  readonly #upstream: AsyncIterator<Frames>;
  readonly #options: SharedFramesOptions;
  readonly #maxBytes: number;
  readonly #readers = new Set<SharedReader>();
  /** The frames from number `#first` on. */
  #kept: Frames[] = [];
  #first = 0;
  #bytes = 0;
  #asking: Promise<void> | undefined;
  #end: { readonly error?: unknown } | undefined;
  #joinable = true;

  constructor(upstream: AsyncIterable<Frames>, options: SharedFramesOptions) {
    this.#upstream = upstream[Symbol.asyncIterator]();
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
  }

  /** One more reader, from the start; not after `onClosed`. */
  join(signal: AbortSignal): AsyncIterableIterator<Frames> {
    const reader = new SharedReader(this, signal);
    this.#readers.add(reader);
    return reader;
  }

  /** Frames number `position`. For readers. @throws what the upstream failed with */
  async at(position: number): Promise<IteratorResult<Frames>> {
    for (;;) {
      if (position < this.#first) throw leftBehind();
      const frames = this.#kept[position - this.#first];
      if (frames !== undefined) return { done: false, value: frames };
      if (this.#end !== undefined) {
        if ("error" in this.#end) throw this.#end.error;
        return DONE;
      }
      this.#asking ??= this.#ask();
      await this.#asking;
    }
  }

  /** A reader is done, or wants no more. For readers. */
  leave(reader: SharedReader): void {
    this.#readers.delete(reader);
    this.#options.onLeft();
  }

  /** Closes the upstream, where that has not ended. */
  close(): void {
    if (this.#end !== undefined) return;
    this.#finish({});
    this.#upstream.return?.().catch(() => undefined);
  }

  /** A reader found a failure in the frames: all others are going to find it, too. For readers. */
  fail(failure: unknown): void {
    if (this.#end !== undefined) return;
    this.#finish({ error: failure });
    this.#upstream.throw?.(failure).catch(() => undefined);
  }

  async #ask(): Promise<void> {
    try {
      const result = await this.#upstream.next();
      if (this.#end !== undefined) return;
      if (result.done === true) this.#finish({});
      else this.#keep(result.value);
    } catch (error) {
      this.#finish({ error });
    } finally {
      this.#asking = undefined;
    }
  }

  #keep(frames: Frames): void {
    this.#kept.push(frames);
    this.#bytes += lengthOf(frames);
    if (this.#bytes <= this.#maxBytes) return;
    this.#closeToOthers();
    // Positions are those of the frames a reader asks for next; the one just kept stays for whoever asked for it.
    const needed = Math.min(...[...this.#readers].map(({ position }) => position));
    while (this.#kept.length > 1 && (this.#first < needed || this.#bytes > this.#maxBytes)) {
      this.#bytes -= lengthOf(this.#kept.shift() ?? []);
      this.#first += 1;
    }
  }

  #finish(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    this.#closeToOthers();
  }

  #closeToOthers(): void {
    if (!this.#joinable) return;
    this.#joinable = false;
    this.#options.onClosed();
  }
}

class SharedReader implements AsyncIterableIterator<Frames> {
  readonly #frames: SharedFrames;
  readonly #signal: AbortSignal;
  position = 0;
  #open = true;

  constructor(frames: SharedFrames, signal: AbortSignal) {
    this.#frames = frames;
    this.#signal = signal;
    signal.addEventListener("abort", this.#leave, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Frames>> {
    if (!this.#open) {
      this.#signal.throwIfAborted();
      return DONE;
    }
    try {
      const result = await unlessAborted(this.#frames.at(this.position), this.#signal);
      if (result.done === true) this.#leave();
      else this.position += 1;
      return this.#open || result.done === true ? result : DONE;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Frames>> {
    this.#leave();
    return DONE;
  }

  /** @throws `failure` */
  async throw(failure: unknown): Promise<never> {
    this.#frames.fail(failure);
    this.#leave();
    throw failure;
  }

  readonly #leave = (): void => {
    if (!this.#open) return;
    this.#open = false;
    this.#signal.removeEventListener("abort", this.#leave);
    this.#frames.leave(this);
  };
}

function lengthOf(frames: Frames): number {
  return frames.reduce((sum, { data }) => sum + 2 * data.length, 0);
}

function leftBehind(): ProviderError {
  return new ProviderError("network", "this reader of a shared stream fell too far behind the others");
}
