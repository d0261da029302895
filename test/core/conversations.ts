import fc from "fast-check";
import type { WireBody, WireRequest } from "../../src/wires/wire.ts";

/** A chat request with these messages. */
export function chatRequest(messages: readonly object[], more: WireBody = {}): WireRequest {
  return { wire: "chat", body: { model: "gpt-5-mini", messages, ...more } };
}

export const system = (content: string) => ({ role: "system", content });
export const user = (content: string) => ({ role: "user", content });
export const assistant = (content: string) => ({ role: "assistant", content });

export function calling(...ids: string[]) {
  const tool_calls = ids.map((id) => ({
    id,
    type: "function",
    function: { name: "look_up", arguments: `{"of":"${id}"}` },
  }));
  return { role: "assistant", content: null, tool_calls };
}

export const result = (id: string, content = `result of ${id}`) => ({
  role: "tool",
  tool_call_id: id,
  content,
});

const words = ["hotel", "deposit", "ferry", "island", "budget", "noise", "the", "of", "<b>", "旅館", "😀"];
const sentence = fc
  .array(fc.constantFrom(...words), { minLength: 1, maxLength: 30 })
  .map((some) => some.join(" "));

/** One or more messages that belong together, or that are broken: `id` makes tool call ids unlike others'. */
function turn(id: string): fc.Arbitrary<readonly object[]> {
  return fc.oneof(
    { weight: 4, arbitrary: sentence.map((text) => [user(text)]) },
    { weight: 4, arbitrary: sentence.map((text) => [assistant(text)]) },
    { weight: 1, arbitrary: sentence.map((text) => [system(text)]) },
    { weight: 2, arbitrary: sentence.map((text) => [calling(id), result(id, text)]) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(sentence, fc.boolean())
        .map(([text, isSwapped]) => [
          calling(`${id}a`, `${id}b`),
          ...(isSwapped
            ? [result(`${id}b`, text), result(`${id}a`)]
            : [result(`${id}a`), result(`${id}b`, text)]),
        ]),
    },
    { weight: 1, arbitrary: fc.constant([calling(`${id}lost`)]) },
    { weight: 1, arbitrary: fc.constant([result(`${id}orphan`)]) },
  );
}

/** Conversations of all sorts, with tool calls whole, parallel, out of order and broken. */
export const conversations: fc.Arbitrary<readonly object[]> = fc
  .integer({ min: 1, max: 14 })
  .chain((length) => fc.tuple(...Array.from({ length }, (_, index) => turn(`call${index}`))))
  .map((turns) => turns.flat());
