import type { Frame, WireBody } from "../wire.ts";
import { type ItemPlace, type ItemStatus, itemAdded, itemDone, type OpenItem } from "./open-item.ts";

/** What the model thought, as far as its vendor tells: a summary of one part. */
export class OpenReasoning implements OpenItem {
  item: WireBody;
  readonly #place: ItemPlace;
  readonly #pieces: string[] = [];

  constructor(place: ItemPlace) {
    this.#place = place;
    this.item = { id: place.id, type: "reasoning", summary: [] };
  }

  open(): readonly Frame[] {
    return [
      itemAdded(this.#place, this.item),
      this.#say("response.reasoning_summary_part.added", { part: { type: "summary_text", text: "" } }),
    ];
  }

  add(delta: string): readonly Frame[] {
    this.#pieces.push(delta);
    return [this.#say("response.reasoning_summary_text.delta", { delta })];
  }

  close(_status: ItemStatus): readonly Frame[] {
    const text = this.#pieces.join("");
    const part = { type: "summary_text", text };
    this.item = { ...this.item, summary: [part] };
    return [
      this.#say("response.reasoning_summary_text.done", { text }),
      this.#say("response.reasoning_summary_part.done", { part }),
      itemDone(this.#place, this.item),
    ];
  }

  #say(type: string, told: WireBody): Frame {
    const { events, id, index } = this.#place;
    return events.make(type, { item_id: id, output_index: index, summary_index: 0, ...told });
  }
}
