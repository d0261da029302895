import { madeIn } from "./agent.ts";
import { describeAgent } from "./describe-agent.ts";

describeAgent({
  name: "Claude Code",
  package: "@anthropic-ai/claude-code",
  version: "2.1.331",
  command: "claude",
  wire: "messages",
  jobs: [
    {
      by: "a function",
      model: "claude-sonnet-4-5",
      tool: "Write",
      input: (folder) => ({ file_path: madeIn(folder), content: "hello\n" }),
    },
  ],
  start: ({ url, key, model, prompt }) => ({
    args: ["--print", prompt, "--model", model, "--allowedTools", "Write"],
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: key,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_MAX_RETRIES: "2",
    },
  }),
});
