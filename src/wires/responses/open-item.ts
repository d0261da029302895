import type { Frame, WireBody } from "../wire.ts";
import type { Events } from "./events.ts";

/** How an item of the output ended. */
export type ItemStatus = "completed" | "incomplete";

/** An item of the output that is being said. */
export interface OpenItem {
  /** Says what is still to be said of it. */
  close(status: ItemStatus): readonly Frame[];
  /** The whole item, once it is closed. */
  readonly item: WireBody;
}

/** Where an item stands in its stream. */
export interface ItemPlace {
  readonly events: Events;
  readonly id: string;
  readonly index: number;
}

export function itemAdded({ events, index }: ItemPlace, item: WireBody): Frame {
  return events.make("response.output_item.added", { output_index: index, item });
}

export function itemDone({ events, index }: ItemPlace, item: WireBody): Frame {
  return events.make("response.output_item.done", { output_index: index, item });
}
