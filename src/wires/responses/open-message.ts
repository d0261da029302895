import type { Frame, WireBody } from "../wire.ts";
import { type ItemPlace, type ItemStatus, itemAdded, itemDone, type OpenItem } from "./open-item.ts";

/** What one piece of a message adds: to its text, or to why the model refuses. */
export interface MessagePiece {
  readonly kind: "output_text" | "refusal";
  readonly text: string;
  readonly logprobs: readonly unknown[];
  readonly annotations: readonly WireBody[];
}

interface OpenPart {
  readonly kind: MessagePiece["kind"];
  readonly pieces: string[];
  readonly logprobs: unknown[];
  readonly annotations: WireBody[];
}

/** A message: its parts one after the other, a text or a refusal each. */
export class OpenMessage implements OpenItem {
  item: WireBody;
  readonly #place: ItemPlace;
  readonly #content: WireBody[] = [];
  #part: OpenPart | undefined;

  constructor(place: ItemPlace) {
    this.#place = place;
    this.item = { id: place.id, type: "message", status: "in_progress", role: "assistant", content: [] };
  }

  open(): readonly Frame[] {
    return [itemAdded(this.#place, this.item)];
  }

  add({ kind, text, logprobs, annotations }: MessagePiece): readonly Frame[] {
    const before = this.#part?.kind === kind ? [] : [...this.#closePart(), this.#openPart(kind)];
    const part = this.#part;
    if (part === undefined) return before;
    part.pieces.push(text);
    part.logprobs.push(...logprobs);
    const noted = annotations.map((annotation) => {
      part.annotations.push(annotation);
      const annotation_index = part.annotations.length - 1;
      return this.#say("response.output_text.annotation.added", { annotation_index, annotation });
    });
    if (text === "" && logprobs.length === 0) return [...before, ...noted];
    const delta = kind === "refusal" ? { delta: text } : { delta: text, logprobs };
    return [...before, this.#say(`response.${kind}.delta`, delta), ...noted];
  }

  close(status: ItemStatus): readonly Frame[] {
    const before = this.#closePart();
    this.item = { ...this.item, status, content: this.#content };
    return [...before, itemDone(this.#place, this.item)];
  }

  #openPart(kind: MessagePiece["kind"]): Frame {
    this.#part = { kind, pieces: [], logprobs: [], annotations: [] };
    return this.#say("response.content_part.added", { part: toPart(this.#part) });
  }

  #closePart(): readonly Frame[] {
    if (this.#part === undefined) return [];
    const part = toPart(this.#part);
    const { kind, logprobs } = this.#part;
    const done = kind === "refusal" ? { refusal: part["refusal"] } : { text: part["text"], logprobs };
    const frames = [
      this.#say(`response.${kind}.done`, done),
      this.#say("response.content_part.done", { part }),
    ];
    this.#content.push(part);
    this.#part = undefined;
    return frames;
  }

  #say(type: string, told: WireBody): Frame {
    const { events, id, index } = this.#place;
    return events.make(type, {
      item_id: id,
      output_index: index,
      content_index: this.#content.length,
      ...told,
    });
  }
}

function toPart({ kind, pieces, logprobs, annotations }: OpenPart): WireBody {
  const text = pieces.join("");
  if (kind === "refusal") return { type: kind, refusal: text };
  return { type: kind, text, annotations: [...annotations], logprobs: [...logprobs] };
}
