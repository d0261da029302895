import { doTask, type Step } from "./task.ts";

/** docs/two-agents.md, from the task as it is done now. */
export async function twoAgentsPage(): Promise<string> {
  const [told, shared, alone] = await doTask();
  return `# Two agents, one task

Written by \`npm run docs:two-agents\`, which does the task anew, and held by \`test/two-agents/two-agents.server.test.ts\`.

A secretary hears a meeting: a real one, of people who design a remote control (from [QMSum](https://github.com/Yale-LILY/QMSum),
MIT; hesitations and noises are left out). A designer was not there. Both call through one gateway and name one group in
their headers; the secretary with OpenAI's client, the designer with Anthropic's. No agent sends anything to the other,
and no model is needed for it: the built-in \`pc-extractive\` answers, which quotes. What follows is what stood in the
upstream's requests, in full.

## The secretary

\`X-PC-Agent-ID: secretary\`, \`X-PC-Context-Group: remote control\`, \`X-PC-Context-Share: true\`. Its model received:

${promptOf(told)}

It answered:

${quote(told?.answer)}

## The designer, who shares

\`X-PC-Agent-ID: designer\`, \`X-PC-Context-Group: remote control\`, \`X-PC-Context-Share: read\`. It sent its system prompt and
its question, and nothing else. Its model received:

${promptOf(shared)}

It answered:

${quote(shared?.answer)}

## The designer, who does not

The same request with \`X-PC-Context-Share: false\`. Its model received what was sent:

${promptOf(alone)}

It answered:

${quote(alone?.answer)}
`;
}

function promptOf(step: Step | undefined): string {
  const messages = (step?.received ?? []).map(({ role, content }) => `[${role}]\n${content}`);
  return `\`\`\`text\n${messages.join("\n\n")}\n\`\`\``;
}

function quote(answer = ""): string {
  return answer
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n");
}
