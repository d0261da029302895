import { describe, expect, it } from "vitest";
import { toGemini } from "../given.ts";

describe("settings for Gemini", () => {
  it("have Gemini's names", () => {
    const { asked, dropped } = toGemini({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      seed: 7,
      presence_penalty: 0,
      frequency_penalty: 1,
      n: 2,
      logprobs: true,
      top_logprobs: 3,
      max_tokens: 10,
      max_completion_tokens: 20,
      stop: "END",
      stream: true,
      stream_options: { include_usage: true },
      tool_choice: null,
    });

    expect(asked).toEqual({
      model: "gemini-3-flash",
      stream: true,
      contents: [{ role: "user", parts: [{ text: "Hi" }] }],
      generationConfig: {
        temperature: 0.5,
        topP: 0.9,
        topK: 40,
        seed: 7,
        presencePenalty: 0,
        frequencyPenalty: 1,
        candidateCount: 2,
        responseLogprobs: true,
        logprobs: 3,
        maxOutputTokens: 20,
        stopSequences: ["END"],
      },
    });
    expect(dropped).toEqual([]);
  });

  it("are none where none are given, and null is none (wire 42)", () => {
    expect(toGemini({ temperature: null, stop: null, max_tokens: null }).asked).not.toHaveProperty(
      "generationConfig",
    );
  });

  it("that have no place there are named, known or not (wire 41)", () => {
    const { dropped } = toGemini({
      logit_bias: { 1: 2 },
      user: "u",
      store: false,
      new_thing: 1,
      metadata: null,
    });

    expect(dropped).toEqual(["logit_bias", "user", "store", "new_thing"]);
  });

  it.each([
    ["text", { type: "text" }, {}],
    ["any JSON", { type: "json_object" }, { responseMimeType: "application/json" }],
    [
      "JSON by a schema",
      {
        type: "json_schema",
        json_schema: {
          name: "a",
          strict: true,
          schema: { type: "object", properties: { x: { type: "string" } } },
        },
      },
      {
        responseMimeType: "application/json",
        responseJsonSchema: { type: "object", properties: { x: { type: "string" } } },
      },
    ],
  ])("ask for an answer that is %s", (_what, response_format, expected) => {
    expect(toGemini({ response_format }).asked["generationConfig"] ?? {}).toEqual(expected);
  });

  it("name what is left out of the answer's schema", () => {
    const schema = { type: "object", properties: { x: { type: "string", pattern: "^a" } } };
    const { dropped } = toGemini({
      response_format: { type: "json_schema", json_schema: { name: "a", schema } },
    });

    expect(dropped).toEqual(["response_format.json_schema.schema.properties.x.pattern"]);
  });

  it.each([
    ["gemini-3-flash", "minimal", { thinkingLevel: "minimal" }, []],
    ["gemini-3-flash", "medium", { thinkingLevel: "medium" }, []],
    ["gemini-flash-latest", "high", { thinkingLevel: "high" }, []],
    ["gemini-3-flash", "none", { thinkingLevel: "minimal" }, ["reasoning_effort"]],
    ["gemini-3.1-pro-preview", "minimal", { thinkingLevel: "low" }, []],
    ["gemini-3-flash", "xhigh", { thinkingLevel: "high" }, ["reasoning_effort"]],
    ["gemini-2.5-flash", "none", { thinkingBudget: 0 }, []],
    ["gemini-2.5-pro", "none", { thinkingBudget: 128 }, ["reasoning_effort"]],
    ["models/gemini-2.5-flash", "low", { thinkingBudget: 1024 }, []],
    ["gemini-2.5-flash", "max", { thinkingBudget: 24_576 }, ["reasoning_effort"]],
    ["gemini-2.0-flash", "medium", undefined, ["reasoning_effort"]],
    ["gemma-3-27b-it", "medium", undefined, ["reasoning_effort"]],
  ])(
    "let %s think with effort %s as it can, and say where it cannot (wire 40)",
    (model, reasoning_effort, thinkingConfig, dropped) => {
      const translated = toGemini({ model, reasoning_effort });

      expect(translated.asked["generationConfig"]).toEqual(thinkingConfig && { thinkingConfig });
      expect(translated.dropped).toEqual(dropped);
    },
  );

  it("take in Gemini's own words what OpenAI has none for", () => {
    const thinking_config = { thinking_budget: 5, include_thoughts: true };
    const safety_settings = [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }];
    const { asked, dropped } = toGemini({
      reasoning_effort: "low",
      extra_body: {
        google: { thinking_config, safety_settings, cached_content: "cachedContents/1", odd: 1 },
        vendor: 1,
      },
    });

    expect(asked).toMatchObject({
      generationConfig: { thinkingConfig: thinking_config },
      safetySettings: safety_settings,
      cachedContent: "cachedContents/1",
    });
    expect(dropped).toEqual(["extra_body.vendor", "extra_body.google.odd"]);
  });

  it("ask for other kinds of answer only where text is not all", () => {
    expect(toGemini({ modalities: ["text"] }).asked).not.toHaveProperty("generationConfig");
    expect(toGemini({ modalities: ["text", "image"] }).asked["generationConfig"]).toEqual({
      responseModalities: ["TEXT", "IMAGE"],
    });
  });
});
