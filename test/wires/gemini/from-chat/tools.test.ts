import { describe, expect, it } from "vitest";
import { result, toGemini, user } from "../given.ts";

const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tool = (more: object = {}) => ({
  type: "function",
  function: { name: "weather", parameters, ...more },
});
const mode = (value: string, ...names: string[]) => ({
  functionCallingConfig: { mode: value, ...(names.length > 0 && { allowedFunctionNames: names }) },
});

describe("tools for Gemini", () => {
  it("are function declarations, with their parameters as JSON Schema", () => {
    const { asked, dropped } = toGemini({
      tools: [
        tool({ description: "Says the weather" }),
        { type: "function", function: { name: "now", parameters: { type: "object", properties: {} } } },
      ],
    });

    expect(asked).toMatchObject({
      tools: [
        {
          functionDeclarations: [
            { name: "weather", description: "Says the weather", parametersJsonSchema: parameters },
            { name: "now" },
          ],
        },
      ],
    });
    expect(asked).not.toHaveProperty("toolConfig");
    expect(dropped).toEqual([]);
  });

  it("have names that Gemini takes, and the caller's own again when they are called", () => {
    const called = {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "a", type: "function", function: { name: "3d-view", arguments: "{}" } }],
    };
    const { asked, answer } = toGemini({
      tools: [tool({ name: "3d-view" })],
      tool_choice: { type: "function", function: { name: "3d-view" } },
      messages: [user("Hi"), called, result("a", "seen"), user("Again")],
    });

    const answered = answer({
      candidates: [
        { content: { parts: [{ functionCall: { name: "_3d-view", args: {} } }] }, finishReason: "STOP" },
      ],
    });

    expect(asked).toMatchObject({
      tools: [{ functionDeclarations: [{ name: "_3d-view" }] }],
      toolConfig: mode("ANY", "_3d-view"),
      contents: [
        {},
        { parts: [{ functionCall: { name: "_3d-view" } }] },
        { parts: [{ functionResponse: { name: "_3d-view" } }, {}] },
      ],
    });
    expect(answered).toMatchObject({
      choices: [{ message: { tool_calls: [{ function: { name: "3d-view" } }] } }],
    });
  });

  it("that take free text are functions of one text (wire 38)", () => {
    const custom = { name: "apply_patch", description: "Patches", format: { type: "grammar" } };
    const { asked, dropped } = toGemini({ tools: [{ type: "custom", custom }] });

    expect(asked["tools"]).toEqual([
      {
        functionDeclarations: [
          {
            name: "apply_patch",
            description: "Patches",
            parametersJsonSchema: {
              type: "object",
              properties: { input: { type: "string" } },
              required: ["input"],
            },
          },
        ],
      },
    ]);
    expect(dropped).toEqual(["tools[0].custom.format"]);
  });

  it("of OpenAI's own are left out and named", () => {
    const { asked, dropped } = toGemini({ tools: [{ type: "web_search" }], parallel_tool_calls: false });

    expect(asked).not.toHaveProperty("tools");
    expect(dropped).toEqual(["tools[0]", "parallel_tool_calls"]);
  });

  it("may be functions, by their old name", () => {
    const { asked } = toGemini({
      functions: [{ name: "weather", parameters }],
      function_call: { name: "weather" },
    });

    expect(asked).toMatchObject({
      tools: [{ functionDeclarations: [{ name: "weather", parametersJsonSchema: parameters }] }],
      toolConfig: mode("ANY", "weather"),
    });
  });

  it.each([
    ["nothing", undefined, undefined],
    ["auto", "auto", undefined],
    ["none", "none", mode("NONE")],
    ["required", "required", mode("ANY")],
    ["a function", { type: "function", function: { name: "weather" } }, mode("ANY", "weather")],
    ["a tool of free text", { type: "custom", custom: { name: "patch" } }, mode("ANY", "patch")],
    [
      "some of them",
      { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [tool()] } },
      mode("VALIDATED", "weather"),
    ],
    [
      "one of some",
      { type: "allowed_tools", allowed_tools: { mode: "required", tools: [tool()] } },
      mode("ANY", "weather"),
    ],
  ])("are chosen as the caller says: %s", (_what, tool_choice, expected) => {
    expect(toGemini({ tools: [tool()], tool_choice }).asked["toolConfig"]).toEqual(expected);
  });

  it("are held to their schemas where one is strict", () => {
    expect(toGemini({ tools: [tool({ strict: true })] }).asked["toolConfig"]).toEqual(mode("VALIDATED"));
    expect(toGemini({ tools: [tool({ strict: false })] }).asked["toolConfig"]).toBeUndefined();
  });
});
