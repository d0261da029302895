import { describe, expect, it, onTestFinished } from "vitest";
import { createPromptCompiler, type PromptCompilerEvent } from "../../../src/index.ts";
import { openaiCompatible } from "../../../src/scheduler/index.ts";
import { completion } from "../../chat-shapes.ts";
import { json, startUpstream, stream, type Upstream, type UpstreamScript } from "../../upstream.ts";

const hello = { model: "m", messages: [{ role: "user", content: "Hi" }] };

/** A compiler with one deployment, which makes one attempt for each call. */
async function given(script: UpstreamScript, connections?: number) {
  const upstream = await startUpstream();
  upstream.reply(script);
  const events: PromptCompilerEvent[] = [];
  const compiler = createPromptCompiler({
    deployments: [
      { id: "a", model: "m", provider: openaiCompatible({ baseURL: `${upstream.url}/v1`, connections }) },
    ],
    retry: { maxAttempts: 1 },
    onEvent: (event) => void events.push(event),
  });
  onTestFinished(async () => {
    await upstream.close();
    await compiler.close();
  });
  return { upstream, compiler, events, ask: () => compiler.chat(hello) };
}

/** Answers the first request of a connection, and resets the connection at the second. */
function onceEach(): (request: Upstream["requests"][number]) => ReturnType<typeof json> | "reset" {
  const served = new Set<number>();
  return ({ connection }) => {
    if (served.has(connection)) return "reset";
    served.add(connection);
    return json(completion("fine"));
  };
}

describe("connections that are kept", () => {
  it("cost no call a failure where the upstream resets them when they are used again (defect 45)", async () => {
    const { ask, events } = await given(onceEach());

    for (let call = 0; call < 10; call += 1) await ask();

    expect(events.filter(({ type }) => type === "cooldown")).toEqual([]);
    const attempts = events.filter(({ type }) => type === "attempt-end");
    expect(attempts.length).toBeGreaterThan(10);
    expect(attempts.length).toBeLessThan(20);
  });

  it("are all replaced when one was found closed: the second try gets a fresh one (defect 45)", async () => {
    const { ask, upstream } = await given(onceEach());
    await Promise.all(Array.from({ length: 10 }, ask));
    expect(upstream.openConnections).toBe(10);

    await ask();

    expect(upstream.requests).toHaveLength(12);
    await expect.poll(() => upstream.openConnections).toBe(1);
  });

  it("are given up in time where the upstream says how long it keeps them (defect 45)", async () => {
    const hint = { "keep-alive": "timeout=1" };
    const script = [json(completion("fine"), { headers: hint }), json(completion("fine"))];
    const { ask, upstream } = await given(script, 1);

    await ask();
    await ask();
    expect(upstream.connections).toBe(2);
    await ask();

    expect(upstream.connections).toBe(2);
  });

  it("come back from streams that were abandoned, in every phase (defect 18)", async () => {
    const endless = async function* () {
      for (let count = 0; ; count += 1) yield `data: {"choices":[{"delta":{"content":"${count}"}}]}\n\n`;
    };
    const { compiler, upstream, ask } = await given(stream([]), 2);
    upstream.reply(({ json: request }) =>
      request.stream
        ? { headers: { "content-type": "text/event-stream" }, body: endless() }
        : json(completion("fine")),
    );

    for (let call = 0; call < 6; call += 1) {
      for await (const { choices } of compiler.stream(hello)) {
        if (Number(choices[0]?.delta.content) >= call) break;
      }
    }

    await upstream.untilAborted(6);
    await Promise.all([ask(), ask(), ask()]);
    expect(upstream.openConnections).toBe(2);
  });
});
