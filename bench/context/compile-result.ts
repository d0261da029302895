import { createPromptCompiler, type PromptCompiler } from "../../src/index.ts";
import { codecFor } from "../../src/wires/index.ts";

/** Says what stands in a compiled request for a result of a tool that is alone in it. */
export type CompileResult = (text: string) => Promise<string>;

/** Through the public entry, with room for all of it. */
export function compileResults(toolResults: "lossless" | "lossy"): CompileResult {
  const compiler: PromptCompiler = createPromptCompiler({ deployments: [], context: { toolResults } });
  return async (text) => {
    const calls = [{ id: "call1", type: "function", function: { name: "look_up", arguments: "{}" } }];
    const messages = [
      { role: "user", content: "Look it up." },
      { role: "assistant", content: null, tool_calls: calls },
      { role: "tool", tool_call_id: "call1", content: text },
    ];
    const { request } = await compiler.compile(
      { model: "gpt-5", messages },
      { maxInputTokens: text.length + 1000 },
    );
    return codecFor("chat").messages({ messages: request.messages })[2]?.text ?? text;
  };
}
