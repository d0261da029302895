/** How many chunks may be small before they are joined. */
const MOST_SINGLE = 1024;

/**
 * Bytes that come in chunks, to be had in one piece.
 *
 * Chunks are joined a thousand at a time: who sends a body byte by byte would otherwise make us keep an object, and
 * the buffer it was cut from, for each of them, hundreds of bytes for one. Each byte is copied twice at most.
 */
export class ByteList {
  readonly #joined: Uint8Array[] = [];
  #single: Uint8Array[] = [];
  #length = 0;

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  add(chunk: Uint8Array): void {
    this.#length += chunk.length;
    this.#single.push(chunk);
    if (this.#single.length < MOST_SINGLE) return;
    this.#joined.push(Buffer.concat(this.#single));
    this.#single = [];
  }

  /** All of them; a chunk that came alone comes back as it is. */
  toBytes(): Uint8Array {
    const [only, ...others] = [...this.#joined, ...this.#single];
    return only !== undefined && others.length === 0
      ? only
      : Buffer.concat([...this.#joined, ...this.#single]);
  }
}
