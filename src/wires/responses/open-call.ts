import type { Frame, WireBody } from "../wire.ts";
import { type ItemPlace, type ItemStatus, itemAdded, itemDone, type OpenItem } from "./open-item.ts";
import { fromArguments, type ToolOrigin } from "./tool-names.ts";

/**
 * A call of a tool, under the name its caller gave it. The text of a custom tool comes in one piece, at the end: until
 * then it stands in a JSON text that is not whole.
 */
export class OpenCall implements OpenItem {
  item: WireBody;
  readonly #place: ItemPlace;
  readonly #custom: boolean;
  readonly #pieces: string[] = [];

  constructor(place: ItemPlace, callId: string, { name, namespace, custom }: ToolOrigin) {
    this.#place = place;
    this.#custom = custom;
    const named = { call_id: callId, name, ...(namespace !== undefined && { namespace }) };
    this.item = custom
      ? { id: place.id, type: "custom_tool_call", ...named, input: "" }
      : { id: place.id, type: "function_call", status: "in_progress", ...named, arguments: "" };
  }

  open(): readonly Frame[] {
    return [itemAdded(this.#place, this.item)];
  }

  add(delta: string): readonly Frame[] {
    this.#pieces.push(delta);
    return this.#custom || delta === ""
      ? []
      : [this.#say("response.function_call_arguments.delta", { delta })];
  }

  close(status: ItemStatus): readonly Frame[] {
    const said = this.#pieces.join("");
    if (this.#custom) {
      const input = fromArguments(said);
      this.item = { ...this.item, input };
      return [
        this.#say("response.custom_tool_call_input.delta", { delta: input }),
        this.#say("response.custom_tool_call_input.done", { input }),
        itemDone(this.#place, this.item),
      ];
    }
    // A call without arguments has an empty object of them (wire 13).
    const args = said === "" ? "{}" : said;
    this.item = { ...this.item, status, arguments: args };
    const { name } = this.item;
    return [
      this.#say("response.function_call_arguments.done", { name, arguments: args }),
      itemDone(this.#place, this.item),
    ];
  }

  #say(type: string, told: WireBody): Frame {
    const { events, id, index } = this.#place;
    return events.make(type, { item_id: id, output_index: index, ...told });
  }
}
