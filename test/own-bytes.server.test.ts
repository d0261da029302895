/** Nothing that belongs to one call is ever seen by another: neither on connections that are used again nor in caches. */
import { expect, it } from "vitest";
import { createPromptCompiler, type PromptCompiler } from "../src/index.ts";
import { openaiCompatible, responseCache } from "../src/scheduler/index.ts";
import { chunksOf, completion } from "./chat-shapes.ts";
import { json, startUpstream, stream, type UpstreamRequest } from "./upstream.ts";

/** Says to everybody what they said, whole or in pieces. */
function echo({ json: body }: UpstreamRequest) {
  const said: string = body.messages[0].content;
  return body.stream ? stream(chunksOf(said)) : json(completion(said));
}

async function withCompiler(
  options: Partial<Parameters<typeof createPromptCompiler>[0]>,
  work: (compiler: PromptCompiler) => Promise<void>,
): Promise<void> {
  const upstream = await startUpstream();
  upstream.reply(echo);
  const provider = openaiCompatible({ baseURL: `${upstream.url}/v1`, connections: 4 });
  const compiler = createPromptCompiler({ deployments: [{ id: "up", model: "m", provider }], ...options });
  try {
    await work(compiler);
  } finally {
    await compiler.close();
    await upstream.close();
  }
}

const requestOf = (content: string) => ({
  model: "m",
  messages: [{ role: "user", content }],
  temperature: 0,
});

it("each of two hundred calls over four connections hears its own words and no others' (defect 76)", () =>
  withCompiler({}, async (compiler) => {
    const words = Array.from({ length: 200 }, (_, call) => `call ${call} `.repeat(1 + (call % 50)).trim());

    const heard = await Promise.all(
      words.map(async (said, call) => {
        if (call % 2 === 0) return (await compiler.chat(requestOf(said))).choices[0]?.message.content;
        let text = "";
        for await (const { choices } of compiler.stream(requestOf(said)))
          text += choices[0]?.delta.content ?? "";
        return text;
      }),
    );

    expect(heard).toEqual(words);
  }));

it("what a caller does to its answer changes nobody else's, joined or kept (defect 76)", () =>
  withCompiler({ cache: responseCache() }, async (compiler) => {
    const ask = () => compiler.dispatch({ wire: "chat", body: requestOf("the same") });
    const textOf = (answer: Awaited<ReturnType<typeof ask>>): string =>
      Buffer.from(answer.reply.body!).toString();

    const [first, joined] = await Promise.all([ask(), ask()]);
    const said = textOf(first);
    first.reply.body!.fill(0);
    const hit = await ask();
    hit.reply.body!.fill(0);
    const again = await ask();

    expect([joined, hit, again].map(({ cache }) => cache)).toEqual(["joined", "hit", "hit"]);
    expect(said).toContain("the same");
    expect([textOf(joined), textOf(again)]).toEqual([said, said]);
  }));
