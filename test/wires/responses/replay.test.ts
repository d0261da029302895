import { describe, expect, it } from "vitest";
import { replayed } from "../../../src/wires/responses/replay.ts";
import { chunk, done, eventsOf, usageChunk } from "./given.ts";

const tools = [
  { type: "function", name: "find", parameters: {} },
  { type: "custom", name: "patch" },
];

/** Everything that an answer of ours may have in it, a piece of text each. */
const said = [
  chunk({ role: "assistant", reasoning_content: "Hm" }),
  chunk({ content: "Hello" }),
  chunk({ refusal: "No" }),
  chunk({ tool_calls: [{ index: 0, id: "c1", function: { name: "find", arguments: '{"a":1}' } }] }),
  chunk({ tool_calls: [{ index: 1, id: "c2", function: { name: "patch", arguments: '{"input":"x"}' } }] }),
];

describe("a kept answer, streamed again", () => {
  it.each(["stop", "length"])("says event for event what it said at first: finished by %s", (reason) => {
    const { events } = eventsOf([...said, chunk({}, reason), usageChunk, done], { tools });

    const again = replayed(events.at(-1).response);

    expect(again.at(-1)).toEqual(done);
    // The two calls were open side by side.
    const byItem = [...events].sort((a, b) => rankOf(a) - rankOf(b));
    expect(again.slice(0, -1).map(withoutNumber)).toEqual(byItem.map(withoutNumberOf));
  });

  it("gives the events behind a number, and the last one in any case, with a number behind it", () => {
    const { events } = eventsOf([...said, chunk({}, "stop"), done], { tools });
    const { response } = events.at(-1);
    const all = replayed(response).map(({ data }) => data);

    const rest = replayed(response, 5).map(({ data }) => data);
    const [last, ...ending] = replayed(response, 1000);

    expect(rest).toEqual(all.slice(6));
    expect(JSON.parse(last!.data)).toEqual({ type: "response.completed", sequence_number: 1001, response });
    expect(ending).toEqual([done]);
  });
});

const withoutNumber = ({ data }: { readonly data: string }) => withoutNumberOf(JSON.parse(data));

function withoutNumberOf({ sequence_number: _, ...event }: Readonly<Record<string, unknown>>) {
  return event;
}

/** Head, items in order, tail. */
function rankOf({ type, output_index }: { readonly type: string; readonly output_index?: number }): number {
  if (output_index !== undefined) return output_index + 1;
  return type === "response.created" || type === "response.in_progress" ? 0 : 1000;
}
