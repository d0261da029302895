import { chatToGemini } from "../../../src/wires/chat/to-gemini.ts";
import type { VendorMemory } from "../../../src/wires/vendor-memory.ts";
import type { WireBody } from "../../../src/wires/wire.ts";
import { noMemory } from "../memory.ts";

export const NOW = 1_700_000_000;

/** A chat request on its way to Gemini. */
export function toGemini(body: WireBody, memory: VendorMemory = noMemory) {
  const chat = { model: "gemini-3-flash", messages: [{ role: "user", content: "Hi" }], ...body };
  const translated = chatToGemini.translate({ wire: "chat", body: chat }, memory, NOW);
  return { ...translated, asked: translated.request.body };
}

/** The contents that messages become. */
export function contentsOf(messages: readonly object[], memory?: VendorMemory, model = "gemini-2.5-flash") {
  return toGemini({ model, messages }, memory).asked["contents"];
}

export const user = (content: unknown) => ({ role: "user", content });

export const calls = (...ids: string[]) => ({
  role: "assistant",
  content: null,
  tool_calls: ids.map((id) => ({
    id,
    type: "function",
    function: { name: `look_${id}`, arguments: `{"of":"${id}"}` },
  })),
});

export const result = (id: string, content: unknown = `result of ${id}`) => ({
  role: "tool",
  tool_call_id: id,
  content,
});
