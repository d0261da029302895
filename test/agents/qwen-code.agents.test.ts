import { madeIn } from "./agent.ts";
import { describeAgent } from "./describe-agent.ts";

describeAgent({
  name: "Qwen Code",
  package: "@qwen-code/qwen-code",
  version: "0.24.4",
  command: "qwen",
  wire: "chat",
  jobs: [
    {
      by: "a function",
      model: "worker",
      tool: "write_file",
      input: (folder) => ({ file_path: madeIn(folder), content: "hello\n" }),
    },
  ],
  start: ({ url, key, model, prompt }) => ({
    args: ["--yolo", "--prompt", prompt],
    env: { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key, OPENAI_MODEL: model },
    files: { ".qwen/settings.json": JSON.stringify({ privacy: { usageStatisticsEnabled: false } }) },
  }),
});
