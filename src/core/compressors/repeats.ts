/**
 * Observations that were made before. A tool result, or a run of lines in it, that stands in an earlier result of the
 * same request is replaced by where it stands:
 *
 *     [the same as tool result 2]
 *     [38 lines as in tool result 2, lines 12–49]
 *
 * Nothing is lost while the earlier result stays in the request; whoever takes that out must put this back.
 *
 * Of an earlier result, whole repetitions are known by what it was, runs of lines by what was made of it, for that is
 * where a reader will look. A run is found by its first `LEAST_LINES` lines, at the first place that has them, and
 * walked to its end. Linear in the texts.
 */
import type { Compressed, Elision } from "./compressor.ts";

/** Lines; a shorter run costs hardly more than what refers to it. */
const LEAST_LINES = 6;

interface Place {
  readonly name: string;
  /** Ids of all lines of that result. */
  readonly lines: readonly number[];
  /** Where the run begins, from 0. */
  readonly from: number;
}

/** The results of one request so far, in order. */
export class RepeatIndex {
  readonly #whole = new Map<string, string>();
  readonly #runs = new Map<string, Place>();
  readonly #ids = new Map<string, number>();

  /**
   * @param name - by which a reader finds it, e.g. "tool result 2"
   * @param text - what the tool answered
   * @param sent - what stands in the request for it
   */
  add(name: string, text: string, sent: string): void {
    if (!this.#whole.has(text)) this.#whole.set(text, name);
    const lines = this.#toIds(sent);
    for (let from = 0; from + LEAST_LINES <= lines.length; from++) {
      const key = keyAt(lines, from);
      if (!this.#runs.has(key)) this.#runs.set(key, { name, lines, from });
    }
  }

  /** `text` with references to what was added before; `undefined`: it holds nothing that is worth one. */
  refer(text: string): Compressed | undefined {
    const lines = text.split("\n");
    const earlier = this.#whole.get(text);
    if (earlier !== undefined) {
      const reference = `[the same as ${earlier}]`;
      if (reference.length >= text.length) return undefined;
      return { text: reference, elided: [{ from: 1, to: lines.length, unit: "lines" }] };
    }
    const ids = this.#toIds(text);
    const output: string[] = [];
    const elided: Elision[] = [];
    for (let from = 0; from < lines.length; ) {
      const place = from + LEAST_LINES > ids.length ? undefined : this.#runs.get(keyAt(ids, from));
      const length = place === undefined ? 1 : runLength(ids, from, place);
      const run = lines.slice(from, from + length);
      const reference = place === undefined ? "" : toReference(place, length);
      if (place === undefined || reference.length >= run.join("\n").length) {
        for (const line of run) output.push(line);
      } else {
        output.push(reference);
        elided.push({ from: from + 1, to: from + length, unit: "lines" });
      }
      from += length;
    }
    return elided.length === 0 ? undefined : { text: output.join("\n"), elided };
  }

  #toIds(text: string): readonly number[] {
    return text.split("\n").map((line) => {
      let id = this.#ids.get(line);
      if (id === undefined) {
        id = this.#ids.size;
        this.#ids.set(line, id);
      }
      return id;
    });
  }
}

function keyAt(ids: readonly number[], from: number): string {
  return ids.slice(from, from + LEAST_LINES).join();
}

function runLength(ids: readonly number[], from: number, place: Place): number {
  let length = LEAST_LINES;
  while (
    from + length < ids.length &&
    place.from + length < place.lines.length &&
    ids[from + length] === place.lines[place.from + length]
  ) {
    length += 1;
  }
  return length;
}

function toReference({ name, from }: Place, length: number): string {
  return `[${length} lines as in ${name}, lines ${from + 1}–${from + length}]`;
}
