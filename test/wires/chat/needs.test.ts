import { describe, expect, it } from "vitest";
import { codecFor } from "../../../src/wires/index.ts";

const { needs } = codecFor("chat");
const part = (type: string) => ({ messages: [{ role: "user", content: [{ type, [type]: {} }] }] });

describe("the needs of a chat request", () => {
  it.each<[string, object, string[]]>([
    ["text alone needs nothing", { messages: [{ role: "user", content: "Hi" }] }, []],
    ["a stream", { stream: true }, ["streaming"]],
    ["no stream", { stream: false }, []],
    ["tools", { tools: [{ type: "function" }] }, ["tools"]],
    ["functions, as they were called once", { functions: [{ name: "f" }] }, ["tools"]],
    ["an empty list of tools", { tools: [] }, []],
    ["a JSON schema", { response_format: { type: "json_schema", json_schema: {} } }, ["json-schema"]],
    ["plain text, asked for by name", { response_format: { type: "text" } }, []],
    ["log probabilities", { logprobs: true, top_logprobs: 3 }, ["logprobs"]],
    ["no log probabilities", { logprobs: false, top_logprobs: 0 }, []],
    ["an image", part("image_url"), ["vision"]],
    ["a recording", part("input_audio"), ["audio"]],
    ["a spoken answer", { modalities: ["text", "audio"] }, ["audio"]],
    ["a file", part("file"), ["files"]],
    ["a part that is text", part("text"), []],
    [
      "several, each once",
      { ...part("input_audio"), modalities: ["audio"], stream: true },
      ["streaming", "audio"],
    ],
    ["nulls and shapes it does not know", { tools: null, response_format: 1, messages: [null, 2] }, []],
  ])("are told of %s", (_, body, expected) => {
    expect(needs({ ...body })).toEqual(expected);
  });
});
