import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { createPromptCompiler } from "../src/index.ts";
import { type DeploymentOptions, openaiCompatible } from "../src/scheduler/index.ts";
import { chunk, completion } from "./chat-shapes.ts";
import { json, startUpstream, stream, type Upstream } from "./upstream.ts";

const SWAPS = 20;
const CALLS_BETWEEN = 10;

/** An upstream whose answers take a while, so that swaps find calls in every phase. */
async function givenUpstream(): Promise<Upstream> {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  upstream.reply(async ({ json: request }) => {
    await sleep(upstream.requests.length % 7);
    const words = ["one", "two", "three"].map((content) => chunk({ content }));
    return request.stream ? stream([...words, chunk({}, "stop")]) : json(completion("one two three"));
  });
  return upstream;
}

it("loses none of 200 calls across 20 swaps of their upstreams, and closes what is not needed (defects 53, 75)", async () => {
  const upstreams = await Promise.all(Array.from({ length: SWAPS + 2 }, givenUpstream));
  const [stays, ...others] = upstreams as [Upstream, ...Upstream[]];
  const toDeployment = (id: string, { url }: Upstream): DeploymentOptions => ({
    id,
    model: "m",
    provider: openaiCompatible({ baseURL: `${url}/v1` }),
  });
  const kept = toDeployment("stays", stays);
  const poolOf = (swap: number): DeploymentOptions[] => [kept, toDeployment(`d${swap}`, others[swap]!)];
  const compiler = createPromptCompiler({ deployments: poolOf(0), retry: { maxAttempts: 1 } });
  let swaps = 0;

  /** Makes a call. @returns which deployments were configured while it ran, and which one answered */
  const call = async (streamed: boolean) => {
    const first = swaps;
    const body = { model: "m", messages: [{ role: "user", content: "Count." }], stream: streamed };
    const { deployment, reply } = await compiler.dispatch({ wire: "chat", body });
    let text = reply.body === undefined ? "" : Buffer.from(reply.body).toString();
    for await (const frames of reply.frames ?? []) for (const { data } of frames) text += data;
    const configured = Array.from({ length: swaps - first + 1 }, (_, index) => `d${first + index}`);
    return { deployment, configured: ["stays", ...configured], isWhole: /one.*two.*three/s.test(text) };
  };

  const calls: ReturnType<typeof call>[] = [];
  const drained: Promise<void>[] = [];
  for (let swap = 1; swap <= SWAPS; swap += 1) {
    for (let each = 0; each < CALLS_BETWEEN; each += 1) calls.push(call(each % 2 === 0));
    await sleep(swap % 5);
    drained.push(compiler.reconfigure({ deployments: poolOf(swap) }));
    swaps = swap;
  }
  const answers = await Promise.all(calls);
  await Promise.all(drained);

  expect(answers).toHaveLength(SWAPS * CALLS_BETWEEN);
  for (const { deployment, configured, isWhole } of answers) {
    expect(configured).toContain(deployment);
    expect(isWhole).toBe(true);
  }
  expect(new Set(answers.map(({ deployment }) => deployment)).size).toBeGreaterThan(SWAPS / 2);
  const removed = others.slice(0, SWAPS);
  await expect.poll(() => removed.reduce((sum, { openConnections }) => sum + openConnections, 0)).toBe(0);
  expect(stays.openConnections).toBeGreaterThan(0);
  expect(upstreams.reduce((sum, { aborted }) => sum + aborted, 0)).toBe(0);
  await compiler.close();
});
