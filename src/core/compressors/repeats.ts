/**
 * Observations that were made before. A tool result, or a run of lines in it, that stands in an earlier result of the
 * same request is replaced by where it stands:
 *
 *     [the same as 3 tool results before (view)]
 *     [38 lines as 3 tool results before (view), lines 12–49]
 *
 * It is told by how far back it is: that stays true however much of what is further back is taken out.
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

/** Where a result stands in its request. */
export interface ResultPlace {
  /** Results before it, of all kinds. */
  readonly position: number;
  /** What answered; `undefined`: nobody knows. */
  readonly tool: string | undefined;
}

/** Where a run of lines begins. */
interface Run {
  readonly place: ResultPlace;
  /** Ids of all lines of that result. */
  readonly lines: readonly number[];
  /** Where the run begins, from 0. */
  readonly from: number;
}

/** The results of one request so far, in order. */
export class RepeatIndex {
  readonly #whole = new Map<string, ResultPlace>();
  readonly #runs = new Map<string, Run>();
  readonly #ids = new Map<string, number>();
  #characters = 0;

  /** Of all that was added: what it takes to hold. */
  get characters(): number {
    return this.#characters;
  }

  /**
   * @param text - what the tool answered
   * @param sent - what stands in the request for it
   */
  add(place: ResultPlace, text: string, sent: string): void {
    this.#characters += text.length + sent.length;
    if (!this.#whole.has(text)) this.#whole.set(text, place);
    const lines = this.#toIds(sent);
    for (let from = 0; from + LEAST_LINES <= lines.length; from++) {
      const key = keyAt(lines, from);
      if (!this.#runs.has(key)) this.#runs.set(key, { place, lines, from });
    }
  }

  /**
   * A result with references to what was added before; `undefined`: it holds nothing that is worth one.
   *
   * @param position - results before it, of all kinds
   */
  refer(text: string, position: number): Compressed | undefined {
    const lines = text.split("\n");
    const earlier = this.#whole.get(text);
    if (earlier !== undefined) {
      const reference = `[the same as ${told(earlier, position)}]`;
      if (reference.length >= text.length) return undefined;
      return { text: reference, elided: [{ from: 1, to: lines.length, unit: "lines" }] };
    }
    const ids = this.#toIds(text);
    const output: string[] = [];
    const elided: Elision[] = [];
    for (let from = 0; from < lines.length; ) {
      const seen = from + LEAST_LINES > ids.length ? undefined : this.#runs.get(keyAt(ids, from));
      const length = seen === undefined ? 1 : runLength(ids, from, seen);
      const run = lines.slice(from, from + length);
      const reference = seen === undefined ? "" : toReference(seen, length, position);
      if (seen === undefined || reference.length >= run.join("\n").length) {
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

function runLength(ids: readonly number[], from: number, seen: Run): number {
  let length = LEAST_LINES;
  while (
    from + length < ids.length &&
    seen.from + length < seen.lines.length &&
    ids[from + length] === seen.lines[seen.from + length]
  ) {
    length += 1;
  }
  return length;
}

function toReference({ place, from }: Run, length: number, position: number): string {
  return `[${length} lines as ${told(place, position)}, lines ${from + 1}–${from + length}]`;
}

function told(place: ResultPlace, position: number): string {
  const back = position - place.position;
  const tool = place.tool === undefined ? "" : ` (${place.tool})`;
  return `${back} tool ${back === 1 ? "result" : "results"} before${tool}`;
}
