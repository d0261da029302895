import { describeAgent } from "./describe-agent.ts";

describeAgent({
  name: "Codex",
  package: "@openai/codex",
  version: "0.169.0",
  command: "codex",
  wire: "responses",
  jobs: [
    {
      by: "a function",
      model: "gpt-5.5",
      tool: "exec_command",
      input: () => ({ cmd: "echo hello > made.txt" }),
    },
    {
      by: "a custom tool",
      model: "gpt-5.5",
      tool: "apply_patch",
      input: () => "*** Begin Patch\n*** Add File: made.txt\n+hello\n*** End Patch\n",
    },
    {
      by: "a custom tool of a namespace that the input adds",
      model: "gpt-6.1-sol",
      tool: "exec",
      input: () => 'text(await tools.exec_command({ cmd: "echo hello > made.txt" }));',
    },
  ],
  start: ({ url, key, model, prompt }) => ({
    args: ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", prompt],
    env: { PC_KEY: key },
    files: {
      ".codex/config.toml": `
        model = "${model}"
        model_provider = "pc"
        check_for_update_on_startup = false
        [analytics]
        enabled = false
        [model_providers.pc]
        name = "Prompt Compiler"
        base_url = "${url}/v1"
        env_key = "PC_KEY"
        wire_api = "responses"
        stream_max_retries = 2
      `,
    },
  }),
});
