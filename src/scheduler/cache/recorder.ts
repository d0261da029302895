/**
 * Writes an answer down while it goes by, and hands it over when it is whole.
 *
 *     whole body        handed over at once
 *     stream            handed over when the upstream is done, before the caller sees the end
 *
 * Never handed over: an answer that breaks off or that its reader leaves, one that reports an error or has an
 * event that cannot be read, one that a content filter cut short, and one that is longer than `maxBytes`: what was written
 * down of it is let go as soon as that is clear.
 */
import type { Usage } from "../../chat.ts";
import { codecFor } from "../../wires/index.ts";
import { laterUsage } from "../../wires/later-usage.ts";
import { asString, decodeText, parseRecord } from "../../wires/read.ts";
import type { Frame, Reply, Wire, WireCodec } from "../../wires/wire.ts";
import { bytesOfFrames, type Said } from "./cached-answer.ts";

/** A whole answer. */
export interface Recording {
  readonly said: Said;
  /** The id that the answer says it has. */
  readonly answerId: string | undefined;
  readonly usage: Usage | undefined;
}

interface RecorderOptions {
  readonly wire: Wire;
  readonly maxBytes: number;
  readonly keep: (recording: Recording) => void;
}

/** The same reply; `keep` gets it if all of it comes. */
export function record(reply: Reply, options: RecorderOptions): Reply {
  if (reply.frames !== undefined) return { ...reply, frames: new RecordedFrames(reply.frames, options) };
  recordBody(reply.body, options);
  return reply;
}

function recordBody(bytes: Uint8Array, { wire, maxBytes, keep }: RecorderOptions): void {
  if (bytes.length * 2 > maxBytes) return;
  const text = decodeText(bytes);
  const body = parseRecord(text);
  if (body === undefined) return;
  const { error, filtered, usage } = codecFor(wire).inspectBody(body);
  if (error === undefined && !filtered) keep({ said: { body: text }, answerId: asString(body["id"]), usage });
}

/** An object and not a generator: `return` has to reach the upstream also where nobody asked for the first frame. */
class RecordedFrames implements AsyncIterableIterator<readonly Frame[]> {
  readonly #upstream: AsyncIterator<readonly Frame[]>;
  readonly #options: RecorderOptions;
  readonly #codec: WireCodec;
  /** `undefined`: it is not to be kept. */
  #written: (readonly Frame[])[] | undefined = [];
  #bytes = 0;
  #whole = false;
  #usage: Usage | undefined;

  constructor(upstream: AsyncIterable<readonly Frame[]>, options: RecorderOptions) {
    this.#upstream = upstream[Symbol.asyncIterator]();
    this.#options = options;
    this.#codec = codecFor(options.wire);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<readonly Frame[]>> {
    const result = await this.#upstream.next();
    if (result.done !== true) this.#write(result.value);
    else this.#handOver();
    return result;
  }

  async return(): Promise<IteratorResult<readonly Frame[]>> {
    this.#written = undefined;
    await this.#upstream.return?.();
    return { done: true, value: undefined };
  }

  /** @throws `failure` */
  async throw(failure: unknown): Promise<never> {
    this.#written = undefined;
    await this.#upstream.throw?.(failure);
    throw failure;
  }

  #write(frames: readonly Frame[]): void {
    if (this.#written === undefined) return;
    this.#written.push(frames);
    this.#bytes += bytesOfFrames(frames);
    for (const frame of frames) {
      const { terminal, error, malformed, filtered, usage } = this.#codec.inspect(frame);
      this.#whole ||= terminal;
      this.#usage = laterUsage(this.#usage, usage);
      if (error !== undefined || malformed || filtered) this.#written = undefined;
    }
    if (this.#bytes > this.#options.maxBytes) this.#written = undefined;
  }

  #handOver(): void {
    const written = this.#written;
    this.#written = undefined;
    if (written === undefined || !this.#whole) return;
    const first = written[0]?.[0];
    const answerId = first && asString(parseRecord(first.data)?.["id"]);
    this.#options.keep({ said: { frames: written }, answerId, usage: this.#usage });
  }
}
