import { once } from "node:events";
import type { ServerHttp2Session } from "node:http2";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPromptCompiler, type PromptCompilerEvent } from "../../../src/index.ts";
import { type OpenAICompatibleOptions, openaiCompatible, scripted } from "../../../src/scheduler/index.ts";
import { certificate, privateKey } from "../../fixtures/certificate.ts";
import { startHttp2Upstream } from "../../http2-upstream.ts";

const tls = { ca: certificate };
const hello = { model: "m", messages: [{ role: "user", content: "Hi" }] };

/** A compiler whose first deployment speaks HTTP/2; the second, where there is one, is scripted. */
async function given({ second, streams }: { second?: string; streams?: number } = {}) {
  const upstream = await startHttp2Upstream(streams);
  const events: PromptCompilerEvent[] = [];
  const first = openaiCompatible({ baseURL: upstream.url, http2: true, tls, connections: 1 });
  const compiler = createPromptCompiler({
    deployments: [
      { id: "first", model: "m", provider: first },
      ...(second === undefined
        ? []
        : [{ id: "second", model: "m", provider: scripted([second]), weight: 1e-6 }]),
    ],
    ...(second === undefined && { retry: { maxAttempts: 1 } }),
    affinity: false,
    onEvent: (event) => void events.push(event),
  });
  onTestFinished(async () => {
    upstream.endAll();
    await upstream.close();
    await compiler.close();
  });
  return {
    upstream,
    compiler,
    events,
    ask: async () => (await compiler.chat(hello)).choices[0]?.message.content,
    read: async (signal?: AbortSignal): Promise<string> => {
      let text = "";
      for await (const { choices } of compiler.stream(hello, { signal }))
        text += choices[0]?.delta.content ?? "";
      return text;
    },
  };
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

const endings: readonly [string, (session: ServerHttp2Session) => void][] = [
  ["is destroyed", (session) => session.destroy()],
  ["says that it goes away", (session) => session.goaway()],
];

describe("openaiCompatible with http2", () => {
  it("makes many calls at once on one connection, whole and streamed", async () => {
    const { ask, read, upstream } = await given();

    const streams = times(20, read);
    await upstream.untilOpen(20);
    const whole = await Promise.all(times(20, ask));
    upstream.endAll();

    expect(new Set(whole)).toEqual(new Set(["fine"]));
    expect(new Set(await Promise.all(streams))).toEqual(new Set(["one two"]));
    expect(upstream.counts).toMatchObject({ requests: 40, connections: 1, cancelled: 0 });
  });

  it("tells the upstream when one stream is cancelled, and leaves the others (defects 1, 18)", async () => {
    const { read, upstream } = await given();
    const leaving = new AbortController();
    const left = read(leaving.signal);
    const others = times(4, read);
    await upstream.untilOpen(5);

    leaving.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    await expect.poll(() => upstream.counts.cancelled).toBe(1);
    upstream.endAll();

    expect(await Promise.all(others)).toEqual(times(4, () => "one two"));
    expect(upstream.counts).toMatchObject({ requests: 5, connections: 1, cancelled: 1 });
  });

  it("waits where the upstream takes fewer calls at once on a connection, at no cost for the call (defect 45)", async () => {
    const { read, upstream } = await given({ streams: 2 });

    const streams = times(6, read);
    for (const more of [2, 2, 2]) {
      await upstream.untilOpen(more);
      upstream.endAll();
    }

    expect(await Promise.all(streams)).toEqual(times(6, () => "one two"));
    expect(upstream.counts).toMatchObject({ requests: 6, connections: 1 });
  });

  it.each(endings)("fails over before the first word where the connection %s", async (_how, end) => {
    const { ask, upstream } = await given({ second: "of the second" });
    upstream.hold();
    const waiting = times(5, ask);
    await upstream.untilOpen(5);

    for (const session of upstream.sessions) end(session);

    expect(await Promise.all(waiting)).toEqual(times(5, () => "of the second"));
    expect(upstream.counts.requests).toBe(5);
  });

  it.each(endings)("ends streams that had begun with an error where the connection %s", async (_how, end) => {
    const { read, upstream } = await given({ second: "of the second" });
    const streams = times(5, read);
    await upstream.untilOpen(5);

    for (const session of upstream.sessions) end(session);

    const outcomes = await Promise.allSettled(streams);
    expect(outcomes.map(({ status }) => status)).toEqual(times(5, () => "rejected"));
    expect(upstream.counts.requests).toBe(5);
  });

  it.each(endings)("takes the next call to a fresh connection where one %s", async (_how, end) => {
    const { ask, read, upstream } = await given();
    const stream = read();
    await upstream.untilOpen(1);
    for (const session of upstream.sessions) end(session);
    await expect(stream).rejects.toMatchObject({ code: "PC_PROVIDER_FAILED" });

    expect(await ask()).toBe("fine");

    expect(upstream.counts.connections).toBe(2);
    expect(upstream.sessions.size).toBe(1);
  });

  it("costs a call nothing where a connection that had served is gone (defect 45)", async () => {
    const { ask, upstream, events } = await given();
    await ask();
    upstream.hold();
    const waiting = ask();
    await upstream.untilOpen(1);

    upstream.hold(false);
    for (const session of upstream.sessions) session.destroy();

    expect(await waiting).toBe("fine");
    expect(upstream.counts.requests).toBe(3);
    expect(events.filter(({ type }) => type === "cooldown")).toEqual([]);
  });

  it("closes when its streams have ended, not before, and leaves no connection", async () => {
    const { compiler, read, upstream } = await given();
    const stream = read();
    await upstream.untilOpen(1);

    const closed = compiler.close();
    upstream.endAll();

    expect(await stream).toBe("one two");
    await closed;
    await expect.poll(() => upstream.sessions.size).toBe(0);
  });

  it("fails, and says so, where the upstream speaks only HTTP/1.1", async () => {
    await expect(modelsOf({ http2: true, tls })).rejects.toThrow(/gave no answer: NO_HTTP2/);
  });
});

describe("openaiCompatible with tls", () => {
  it("trusts the certificates it is given, over HTTP/1.1 as well", async () => {
    expect(await modelsOf({ tls })).toEqual(["m"]);
  });

  it("trusts no other: an upstream whose certificate signs itself gets nothing", async () => {
    await expect(modelsOf({})).rejects.toThrow(/gave no answer: DEPTH_ZERO_SELF_SIGNED_CERT/);
  });
});

/** What a provider with these options lists of an upstream that speaks HTTP/1.1 with TLS. */
async function modelsOf(options: Partial<OpenAICompatibleOptions>): Promise<readonly string[] | undefined> {
  const server = createServer({ key: privateKey, cert: certificate }, (_request, response) =>
    response.end(JSON.stringify({ data: [{ id: "m" }] })),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const provider = openaiCompatible({
    baseURL: `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    ...options,
  });
  onTestFinished(async () => {
    await provider.close?.();
    server.close();
  });
  return provider.listModels?.(new AbortController().signal);
}
