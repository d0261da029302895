import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPromptCompiler } from "../../src/index.ts";
import { FakeUpstream, hangs } from "../scheduler/fake-upstream.ts";
import { CHAT, send } from "./given.ts";

/** A compiler with room for one call, which is under way, and one that waits: nobody else gets in. */
async function givenFull() {
  const upstream = Object.assign(new FakeUpstream(hangs), {
    wires: ["chat", "completions", "embeddings"],
    forward: () => new Promise<never>(() => undefined),
  });
  const compiler = createPromptCompiler({
    deployments: [{ id: "a", model: "gpt-x", provider: upstream }],
    admission: { parallel: 1, maxQueue: 1 },
  });
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort(new Error("the test is over")));
  for (let call = 0; call < 2; call += 1) {
    compiler.chat(CHAT, { signal: leaving.signal }).catch(() => undefined);
    await nextTurn();
  }
  return { compiler, upstream };
}

/** Every route that makes a call. The lines of a batch are calls of the compiler itself (`test/batches/`). */
const ROUTES: readonly (readonly [path: string, body: object])[] = [
  ["/v1/chat/completions", CHAT],
  ["/v1/chat/completions", { ...CHAT, stream: true }],
  ["/v1/completions", { model: "gpt-x", prompt: "Hi" }],
  ["/v1/embeddings", { model: "gpt-x", input: "Hi" }],
  ["/v1/moderations", { model: "gpt-x", input: "Hi" }],
  ["/v1/pc/context-aware-completion", CHAT],
  ["/v1/pc/context-completion", CHAT],
  ["/pc/trip/planner/v1/chat/completions", CHAT],
];

describe("one door for every route", () => {
  it.each(ROUTES)("%s passes no limit by (defect 51)", async (path, body) => {
    const { compiler, upstream } = await givenFull();

    const { status, headers, json } = await send({ path, body }, compiler);

    expect(status).toBe(503);
    expect(headers["retry-after"]).toMatch(/^\d+$/);
    expect(json).toMatchObject({ error: { code: "server_is_overloaded" } });
    expect(upstream.attempts).toHaveLength(1);
  });
});
