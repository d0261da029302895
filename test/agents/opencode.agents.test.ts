import { madeIn } from "./agent.ts";
import { describeAgent } from "./describe-agent.ts";

describeAgent({
  name: "opencode",
  package: "opencode-ai",
  version: "1.18.33",
  command: "opencode",
  wire: "chat",
  asides: 1,
  jobs: [
    {
      by: "a function",
      model: "worker",
      tool: "write",
      input: (folder) => ({ filePath: madeIn(folder), content: "hello\n" }),
    },
  ],
  start: ({ url, key, model, prompt }) => ({
    args: ["run", prompt],
    env: { OPENCODE_DISABLE_MODELS_FETCH: "1", OPENCODE_DISABLE_LSP_DOWNLOAD: "1" },
    files: {
      ".config/opencode/opencode.json": JSON.stringify({
        model: `pc/${model}`,
        autoupdate: false,
        share: "disabled",
        provider: {
          pc: {
            npm: "@ai-sdk/openai-compatible",
            options: { baseURL: `${url}/v1`, apiKey: key },
            models: { [model]: {} },
          },
        },
      }),
    },
  }),
});
