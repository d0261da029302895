/**
 * The canary (defect 80): keys are put wherever keys go, calls are made that end in every way, and then everything that
 * comes out anywhere is searched for them.
 */
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGateway } from "../src/gateway/index.ts";
import { createPromptCompiler, type PromptCompiler, Secret } from "../src/index.ts";
import { openaiCompatible, type Provider } from "../src/scheduler/index.ts";
import { chunksOf, completion } from "./chat-shapes.ts";
import { type RunningApp, startApp } from "./host-app.ts";
import { failure, json, startUpstream, stream, type Upstream, type UpstreamAnswer } from "./upstream.ts";

const UPSTREAM_KEY = "sk-upstream-canary-0123456789";
const PROXY_KEY = "proxy-canary-0123456789";
const CALLER_KEY = "caller-canary-0123456789";
const WRONG_KEY = "wrong-canary-0123456789";
const CANARY = /canary/;

const answers: readonly [string, UpstreamAnswer, number][] = [
  ["success", json(completion("hello")), 200],
  ["a stream", stream(chunksOf("hello")), 200],
  ["a refusal", failure(400), 400],
  ["a refusal that quotes the key", failure(400, { message: `you sent Bearer ${UPSTREAM_KEY}` }), 400],
  ["a refused key that is quoted", failure(401, { message: UPSTREAM_KEY, code: UPSTREAM_KEY }), 502],
  ["a server error that quotes the request", failure(500, { message: `x-proxy-key: ${PROXY_KEY}` }), 502],
  ["a success that quotes the key", json({ ...completion("x"), debug: UPSTREAM_KEY }), 502],
  ["a stream that quotes the key", stream([{ error: { message: UPSTREAM_KEY } }]), 502],
  ["no answer", "reset", 502],
];

describe("keys", () => {
  let upstream: Upstream;
  let provider: Provider;
  let compiler: PromptCompiler;
  let app: RunningApp;
  const heard: unknown[] = [];

  beforeAll(async () => {
    upstream = await startUpstream();
    provider = openaiCompatible({
      baseURL: `${upstream.url}/v1`,
      apiKey: new Secret(UPSTREAM_KEY),
      headers: { "x-proxy-key": PROXY_KEY },
    });
    compiler = createPromptCompiler({
      deployments: [{ id: "up", model: "m", provider }],
      retry: { maxAttempts: 1 },
      onEvent: (event) => heard.push(event),
    });
    app = await startApp({
      compiler,
      keys: [{ key: CALLER_KEY, tenant: "t" }],
      onError: (...told) => heard.push(told),
    });
  });
  afterAll(async () => {
    await app.close();
    await compiler.close();
    await upstream.close();
  });

  const shown = (value: unknown): string =>
    `${inspect(value, { depth: 12, showHidden: true, getters: true })} ${JSON.stringify(value)} ${String(value)}`;
  const ask = (key: string, isStream: boolean) =>
    fetch(`${app.baseURL}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}`, "x-api-key": key },
      body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }], stream: isStream }),
    });

  it.each(answers)("come back to no caller and to no listener at %s", async (what, answer, status) => {
    upstream.reply(answer);

    const response = await ask(CALLER_KEY, what.includes("stream"));
    const told = `${inspect([...response.headers])} ${await response.text()}`;

    expect(response.status).toBe(status);
    expect(told).not.toMatch(CANARY);
    expect(upstream.requests.at(-1)?.headers.authorization).toBe(`Bearer ${UPSTREAM_KEY}`);
    expect(shown(upstream.requests.at(-1)?.headers)).not.toContain(CALLER_KEY);
    expect(shown(heard)).not.toMatch(CANARY);
  });

  it("are in no error, its stack and its causes included", async () => {
    for (const [, answer] of answers) {
      upstream.reply(answer);

      const result = await compiler
        .chat({ model: "m", messages: [{ role: "user", content: "hi" }] })
        .catch((error: Error) => error);

      if (result instanceof Error) expect(`${shown(result)} ${result.stack}`).not.toMatch(CANARY);
    }
  });

  it("are not repeated to who presents a wrong one", async () => {
    const response = await ask(WRONG_KEY, false);

    expect(response.status).toBe(401);
    expect(`${inspect([...response.headers])} ${await response.text()}`).not.toMatch(CANARY);
  });

  it("are not seen by who prints what holds them", () => {
    const gateway = createGateway(compiler, { keys: [{ key: CALLER_KEY, tenant: "t" }] });

    for (const holder of [compiler, provider, gateway, new Secret(UPSTREAM_KEY)]) {
      expect(shown(holder)).not.toMatch(CANARY);
    }
  });

  it("are not repeated by the check of options that hold them", () => {
    const mistakes = [
      () => createPromptCompiler({ apiKey: UPSTREAM_KEY } as object),
      () => createGateway(compiler, { keys: [{ key: CALLER_KEY }] } as object),
      () => createGateway(compiler, { keys: [{ kee: CALLER_KEY, tenant: "t" }] } as object),
      () => createGateway(compiler, { keys: CALLER_KEY } as object),
      () => createGateway(compiler, { keys: [CALLER_KEY] } as object),
      () =>
        createGateway(compiler, {
          keys: [
            { key: CALLER_KEY, tenant: "t" },
            { key: CALLER_KEY, tenant: "u" },
          ],
        }),
      () => openaiCompatible({ baseURL: upstream.url, apiKey: `${UPSTREAM_KEY}\n` }),
      () => openaiCompatible({ baseURL: upstream.url, headers: { "x-key": `${PROXY_KEY}\r\n` } }),
      () => openaiCompatible({ baseURL: `http://user:${UPSTREAM_KEY}@host/v1` }),
      () => openaiCompatible({ baseURL: `ftp://user:${UPSTREAM_KEY}@host/v1` }),
      () => openaiCompatible({ baseURL: `host/v1?key=${UPSTREAM_KEY}` }),
    ];

    for (const mistake of mistakes) {
      let caught: unknown;
      try {
        mistake();
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(Error);
      expect(shown(caught)).not.toMatch(CANARY);
    }
  });
});
