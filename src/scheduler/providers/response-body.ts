/**
 * The body of one answer, between a socket that pushes and a consumer that pulls.
 *
 *     socket ──accept──▶ waiting chunks ──read──▶ consumer
 *       ▲                     │
 *       └──── pause, resume ──┘   above 64 KiB waiting, and when they are taken
 *
 * open     chunks may come
 * ended    all have come
 * failed   the connection broke; what came before is still given
 * aborted  by the caller: what waits is thrown away
 * over     the consumer has all it wanted, or all there was
 *
 * A pull costs one promise, however many chunks it takes; a chunk that finds the consumer waiting is read right in the
 * socket's callback. Chunks that came while the consumer was busy are read together.
 */

import { ByteList } from "../../byte-list.ts";
import { ProviderError } from "../../errors.ts";

/** Turns chunks into things, for `ResponseBody.read`. */
export interface ChunkReader<T> {
  /** What this chunk completes; may be empty. @throws ProviderError if the body is not what it must be */
  push(chunk: Uint8Array): readonly T[];
  /**
   * What is left when no more chunks come.
   *
   * @param broken - why, if the body did not end properly
   * @throws ProviderError if it must not end here
   */
  end(broken: ProviderError | undefined): readonly T[];
  /** Nothing more is wanted, whatever comes: nothing is pushed any more. */
  readonly done: boolean;
}

/** What the body asks of its connection. */
interface Flow {
  pause(): void;
  resume(): void;
  /** What still comes is not wanted: read it, so that the connection can serve others. */
  release(): void;
  /** Nobody can use this connection any more: close it. */
  abort(): void;
}

type State =
  | { readonly name: "open" | "ended" | "over" }
  | { readonly name: "failed"; readonly error: ProviderError }
  | { readonly name: "aborted"; readonly reason: unknown };

const HIGH_WATER = 64 * 1024;
const LONGEST_BODY = 256 * 1024 * 1024;
const LONGEST_BEGINNING = 1024 * 1024;

export class ResponseBody {
  readonly #provider: string;
  readonly #flow: Flow;
  #state: State = { name: "open" };
  #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #paused = false;
  /** Set while a consumer waits. */
  #wake: (() => void) | undefined;

  /** @param provider - its name, for messages */
  constructor(provider: string, flow: Flow) {
    this.#provider = provider;
    this.#flow = flow;
  }

  /** From the connection: a chunk came. */
  accept(chunk: Uint8Array): void {
    if (this.#state.name !== "open") return;
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#wake !== undefined) this.#wake();
    else if (this.#waitingBytes > HIGH_WATER && !this.#paused) {
      this.#paused = true;
      this.#flow.pause();
    }
  }

  /** From the connection: the body is complete. */
  finish(): void {
    this.#settle({ name: "ended" });
  }

  /** From the connection: it broke. */
  fail(error: ProviderError): void {
    this.#settle({ name: "failed", error });
  }

  /** From the caller: who waits is told `reason`, now. */
  abort(reason: unknown): void {
    if (this.#state.name === "over") return;
    this.#chunks = [];
    this.#state = { name: "aborted", reason };
    this.#wake?.();
  }

  /** The whole body. @throws ProviderError if it breaks off or is too long; the abort's reason */
  async bytes(): Promise<Uint8Array> {
    const body = await this.#gather(LONGEST_BODY);
    if (body.length <= LONGEST_BODY) return body.toBytes();
    const message = `${this.#provider} sent an answer longer than ${LONGEST_BODY} bytes`;
    throw new ProviderError("malformed-response", message);
  }

  /**
   * The whole body, or as much of a longer one as says what it is about. The rest is not waited for.
   *
   * @throws ProviderError if it breaks off before that; the abort's reason
   */
  async beginning(): Promise<Uint8Array> {
    return (await this.#gather(LONGEST_BEGINNING)).toBytes();
  }

  /** The whole body, or, in whole chunks, a little more than `most` of it. */
  async #gather(most: number): Promise<ByteList> {
    const body = new ByteList();
    // Nothing is handed out before the end: one pull, one promise.
    await this.read<never>({
      get done() {
        return body.length > most;
      },
      push: (chunk) => {
        body.add(chunk);
        return [];
      },
      end: (broken) => {
        if (broken !== undefined) throw broken;
        return [];
      },
    }).next();
    return body;
  }

  /**
   * What `reader` makes of the body, in arrays that are never empty. To be iterated once. Leaving early closes the
   * connection; a reader that is done gives it back to serve other calls.
   */
  read<T>(reader: ChunkReader<T>): AsyncIterableIterator<readonly T[], undefined> {
    const iterator: AsyncIterableIterator<readonly T[], undefined> = {
      [Symbol.asyncIterator]: () => iterator,
      next: () => new Promise((resolve, reject) => this.#whenReady(reader, resolve, reject)),
      return: async () => {
        this.#leave();
        return OVER;
      },
    };
    return iterator;
  }

  #whenReady<T>(
    reader: ChunkReader<T>,
    resolve: (result: IteratorResult<readonly T[], undefined>) => void,
    reject: (reason: unknown) => void,
  ): void {
    if (this.#wake !== undefined) {
      reject(new Error("the next chunks were asked for before the last ones had come"));
      return;
    }
    const look = (): void => {
      this.#wake = undefined;
      try {
        const result = this.#tryNext(reader);
        if (result === undefined) this.#wake = look;
        else resolve(result);
      } catch (error) {
        this.#leave();
        reject(error);
      }
    };
    look();
  }

  /** The next result, if it can be told already. */
  #tryNext<T>(reader: ChunkReader<T>): IteratorResult<readonly T[], undefined> | undefined {
    const value = this.#readWaiting(reader);
    if (value.length > 0) return { done: false, value };

    const state = this.#state;
    if (state.name === "open" && !reader.done) return undefined;
    this.#state = { name: "over" };
    if (state.name === "aborted") throw state.reason;
    if (state.name === "over") return OVER;
    if (reader.done) {
      if (state.name === "open") this.#flow.release();
      return OVER;
    }
    const rest = reader.end(state.name === "failed" ? state.error : undefined);
    return rest.length > 0 ? { done: false, value: rest } : OVER;
  }

  #readWaiting<T>(reader: ChunkReader<T>): readonly T[] {
    const chunks = this.#chunks;
    const [first] = chunks;
    if (first === undefined) return [];
    this.#chunks = [];
    this.#waitingBytes = 0;
    if (this.#paused) {
      this.#paused = false;
      this.#flow.resume();
    }
    if (chunks.length === 1 && !reader.done) return reader.push(first);
    return chunks.flatMap((chunk) => (reader.done ? [] : reader.push(chunk)));
  }

  #settle(state: State): void {
    if (this.#state.name !== "open") return;
    this.#state = state;
    this.#wake?.();
  }

  /** The consumer wants no more. */
  #leave(): void {
    const wasOpen = this.#state.name === "open";
    this.#state = { name: "over" };
    this.#chunks = [];
    if (wasOpen) this.#flow.abort();
    this.#wake?.();
  }
}

const OVER = { done: true, value: undefined } as const;
