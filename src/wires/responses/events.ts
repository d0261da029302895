import type { Frame, WireBody } from "../wire.ts";
import { toFrame } from "./errors.ts";

/** The events of one stream: each has the next number, from 0 (wire 55). */
export class Events {
  #next = 0;

  /** The next one has this number at least. */
  skipTo(number: number): void {
    this.#next = Math.max(this.#next, number);
  }

  make(type: string, told: WireBody): Frame {
    const frame = toFrame({ type, sequence_number: this.#next, ...told });
    this.#next += 1;
    return frame;
  }
}
