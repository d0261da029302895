import { describe, expect, it } from "vitest";
import { givenMemory } from "../../memory.ts";
import { calls, contentsOf, result, toGemini, user } from "../given.ts";

const text = (role: string, ...texts: string[]) => ({ role, parts: texts.map((each) => ({ text: each })) });
const called = (id: string, more: object = {}) => ({
  functionCall: { name: `look_${id}`, args: { of: id } },
  ...more,
});
const answered = (id: string, response: object = { output: `result of ${id}` }) => ({
  functionResponse: { name: `look_${id}`, response },
});

describe("the contents of a chat for Gemini", () => {
  it("take turns: neighbours of one role are one, and what instructs goes into the instruction, wherever it stands (wire 36)", () => {
    const { asked, dropped } = toGemini({
      messages: [
        { role: "developer", content: "Be brief." },
        user("One"),
        user([{ type: "text", text: "Two" }]),
        { role: "assistant", content: "Three" },
        { role: "system", content: "Be kind." },
        { role: "assistant", content: "Four", refusal: null },
        user("Five"),
      ],
    });

    expect(asked).toMatchObject({
      systemInstruction: { parts: [{ text: "Be brief." }, { text: "Be kind." }] },
      contents: [text("user", "One", "Two"), text("model", "Three", "Four"), text("user", "Five")],
    });
    expect(dropped).toEqual([]);
  });

  it("begin with the user", () => {
    expect(contentsOf([{ role: "assistant", content: "Welcome" }, user("Hi")])).toEqual([
      text("user", " "),
      text("model", "Welcome"),
      text("user", "Hi"),
    ]);
  });

  it("are what the instruction says where nothing else is said", () => {
    const { asked } = toGemini({ messages: [{ role: "system", content: "Say hello" }] });

    expect(asked).toMatchObject({ contents: [text("user", "Say hello")] });
    expect(asked).not.toHaveProperty("systemInstruction");
  });

  it("hold the results of a message's calls together, in the order of the calls", () => {
    const contents = contentsOf([user("Hi"), calls("a", "b"), result("b"), result("a"), user("And?")]);

    expect(contents).toEqual([
      text("user", "Hi"),
      { role: "model", parts: [called("a"), called("b")] },
      { role: "user", parts: [answered("a"), answered("b"), { text: "And?" }] },
    ]);
  });

  it("close a call that was never answered, at the end too, and say a result without a call as text (defect 35)", () => {
    const contents = contentsOf([
      user("Hi"),
      calls("a", "b"),
      result("a"),
      result("stray"),
      user("Go on"),
      calls("c"),
    ]);
    const unanswered = { error: "the call was never answered" };

    expect(contents).toEqual([
      text("user", "Hi"),
      { role: "model", parts: [called("a"), called("b")] },
      {
        role: "user",
        parts: [answered("a"), answered("b", unanswered), { text: "result of stray" }, { text: "Go on" }],
      },
      { role: "model", parts: [called("c")] },
      { role: "user", parts: [answered("c", unanswered)] },
    ]);
  });

  it.each([
    ["an object", '{"degrees": 21}', { degrees: 21 }],
    ["a list", "[1, 2]", { output: "[1, 2]" }],
    ["text", "sunny", { output: "sunny" }],
    ["parts, as Qwen sends them (wire 37)", [{ type: "text", text: "sunny" }], { output: "sunny" }],
    ["nothing", "", { output: "" }],
    [
      "a number too long to be read, as it was written",
      '{"id": 1234567890123456789}',
      { output: '{"id": 1234567890123456789}' },
    ],
  ])("give a result that is %s", (_what, content, response) => {
    expect(contentsOf([user("Hi"), calls("a"), result("a", content)])).toContainEqual({
      role: "user",
      parts: [answered("a", response)],
    });
  });

  it("show what a result shows behind all results", () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } };
    const contents = contentsOf([user("Hi"), calls("a", "b"), result("a", [image]), result("b")]);

    expect(contents).toContainEqual({
      role: "user",
      parts: [
        answered("a", { output: "" }),
        answered("b"),
        { inlineData: { mimeType: "image/png", data: "AA==" } },
      ],
    });
  });

  it("speak of functions as of tools", () => {
    const contents = contentsOf([
      user("Hi"),
      { role: "assistant", content: null, function_call: { name: "look_a", arguments: '{"of":"a"}' } },
      { role: "function", name: "look_a", content: "result of a" },
    ]);

    expect(contents).toEqual([
      text("user", "Hi"),
      { role: "model", parts: [called("a")] },
      { role: "user", parts: [answered("a")] },
    ]);
  });

  it("keep arguments that are no JSON object, and free text, as the argument `input` (wire 38)", () => {
    const made = (call: object) =>
      contentsOf([user("Hi"), { role: "assistant", tool_calls: [{ id: "a", ...call }] }, result("a")]);
    const args = (value: object) => [
      text("user", "Hi"),
      { role: "model", parts: [{ functionCall: { name: "f", args: value } }] },
      { role: "user", parts: [{ functionResponse: { name: "f", response: { output: "result of a" } } }] },
    ];

    expect(made({ type: "custom", custom: { name: "f", input: "*** patch" } })).toEqual(
      args({ input: "*** patch" }),
    );
    expect(made({ type: "function", function: { name: "f", arguments: "{half" } })).toEqual(
      args({ input: "{half" }),
    );
    expect(made({ type: "function", function: { name: "f", arguments: "" } })).toEqual(args({}));
  });

  it("name what they cannot say", () => {
    const { dropped } = toGemini({
      messages: [
        { ...user("Hi"), name: "Ada" },
        { role: "assistant", content: "Ho", reasoning_content: "hm", audio: { id: "x" }, annotations: [] },
        user([
          { type: "text", text: "x", cache_control: { type: "ephemeral" } },
          { type: "file", file: { file_id: "file-1" } },
          { type: "hologram" },
        ]),
      ],
    });

    expect(dropped).toEqual([
      "messages[0].name",
      "messages[1].reasoning_content",
      "messages[1].audio",
      "messages[2].content[0].cache_control",
      "messages[2].content[1]",
      "messages[2].content[2]",
    ]);
  });
});

describe("thought signatures of calls (defect 68)", () => {
  const signed = { extra_content: { google: { thought_signature: "kept-by-client" } } };
  const asked = (call: object, memory = givenMemory(), model = "gemini-3-pro-preview") =>
    contentsOf([user("Hi"), { role: "assistant", tool_calls: [call] }, result("a")], memory, model);
  const call = { id: "a", type: "function", function: { name: "look_a", arguments: '{"of":"a"}' } };

  it("go back as the client kept them", () => {
    expect(asked({ ...call, ...signed })).toContainEqual({
      role: "model",
      parts: [called("a", { thoughtSignature: "kept-by-client" })],
    });
  });

  it("go back from the memory where the client dropped them, with Gemini's own id of call and result", () => {
    const memory = givenMemory();
    memory.set("a", { signature: "remembered", id: "g-1" });

    expect(asked(call, memory)).toEqual([
      text("user", "Hi"),
      {
        role: "model",
        parts: [
          { functionCall: { id: "g-1", name: "look_a", args: { of: "a" } }, thoughtSignature: "remembered" },
        ],
      },
      {
        role: "user",
        parts: [{ functionResponse: { id: "g-1", name: "look_a", response: { output: "result of a" } } }],
      },
    ]);
  });

  it("are said to be unknown once a message, for a model that wants them, and never for one that does not", () => {
    const messages = [user("Hi"), calls("a", "b"), result("a"), result("b")];
    const skip = { thoughtSignature: "skip_thought_signature_validator" };

    expect(contentsOf(messages, undefined, "gemini-3.5-flash")).toContainEqual({
      role: "model",
      parts: [called("a", skip), called("b")],
    });
    expect(contentsOf(messages, undefined, "models/gemini-2.5-pro")).toContainEqual({
      role: "model",
      parts: [called("a"), called("b")],
    });
  });

  it("of a text go back with it", () => {
    const contents = contentsOf([user("Hi"), { role: "assistant", content: "Ho", ...signed }, user("And?")]);

    expect(contents).toContainEqual({
      role: "model",
      parts: [{ text: "Ho", thoughtSignature: "kept-by-client" }],
    });
  });
});
