/**
 * What an HTTP adapter must do, whatever the framework.
 *
 *     H1   MUST  answer its routes where the host has parsed nothing
 *     H2   MUST  answer them behind the host's JSON, text and raw parsers alike
 *     H3   MUST  read the stream where a parser of the host's was not meant for the content type
 *     H4   MUST  keep text whole wherever the body's bytes are cut
 *     H5   MUST  inflate a compressed body, within the limit
 *     H6   MUST  answer 413 to a body above the limit, so that the client reads it
 *     H7   MUST  answer under a prefix, and only there
 *     H8   MUST  leave every other path, and the root, to the host
 *     H9   MUST  keep its failures from the host's error handler and its HTML
 *     H10  MUST  stream through compression() and helmet() without holding back the first chunk
 *     H11  MUST  abort the call when the client hangs up before the head
 *     H12  MUST  abort the call when the client hangs up while it streams
 *     H13  MUST  ask for no more frames while the client does not read
 *     H14  MUST  tell of a failure after the head as an event, and end without the sentinel
 *     H15  MUST  answer HEAD like GET, without a body
 *     H16  MUST  let a page on another origin, a rebound host name, a form post and a proxied request reach nothing
 *     H17  MUST  write nothing more where the host has answered by itself, and abort the call
 */
import { once } from "node:events";
import {
  type ClientRequest,
  request as connect,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { GatewayOptions } from "../../src/config/gateway-options.ts";
import type { PromptCompiler } from "../../src/prompt-compiler.ts";
import type { Frame } from "../../src/wires/wire.ts";
import {
  answerOf,
  bodyReply,
  CHAT,
  type Dispatched,
  fakeCompiler,
  framesOf,
  framesReply,
} from "../gateway/given.ts";

/** How the host is built around the adapter. Its own routes are GET /, /metrics and /docs, and POST /v1/orders. */
export interface HostSetup {
  readonly compiler: PromptCompiler;
  readonly options?: GatewayOptions;
  /** A body parser before the adapter; "json" only for its own content types, the others for every one. */
  readonly parser?: "json" | "text" | "raw";
  /** compression() and helmet() before the adapter. */
  readonly dressed?: boolean;
  readonly prefix?: string;
  /** The host answers every request by itself, 503, as soon as this resolves. */
  readonly givesUp?: Promise<void>;
}

export interface Host {
  readonly port: number;
  /** What reached the host's own error handler. */
  readonly errors: readonly unknown[];
  close(): Promise<void>;
}

export interface HttpAdapterContract {
  start(setup: HostSetup): Promise<Host>;
}

const PATH = "/v1/chat/completions";
const STREAMED = { ...CHAT, stream: true };

export function describeHttpAdapter(name: string, { start }: HttpAdapterContract): void {
  describe(`${name}, as an HTTP adapter`, () => {
    const open: Host[] = [];
    afterEach(async () => {
      for (const host of open.splice(0)) await host.close();
    });
    const given = async (setup: HostSetup): Promise<Host> => {
      const host = await start(setup);
      open.push(host);
      return host;
    };

    it("H1 answers its routes where the host has parsed nothing (wire 8)", async () => {
      const compiler = fakeCompiler(() => answerOf({ reply: bodyReply('{"said":"größe 🙂"}') }));
      const host = await given({ compiler });

      const answer = await post(host, CHAT);

      expect(answer).toMatchObject({ status: 200, text: '{"said":"größe 🙂"}' });
      expect(answer.headers).toMatchObject({ "content-type": "application/json", "x-pc-deployment": "up" });
      expect(compiler.dispatched[0]?.request.source).toEqual(Buffer.from(JSON.stringify(CHAT)));
    });

    it.each(["json", "text", "raw"] as const)(
      "H2 answers behind the host's %s parser (wire 8)",
      async (parser) => {
        const compiler = fakeCompiler();
        const host = await given({ compiler, parser });

        const answer = await post(host, CHAT);

        expect(answer.status).toBe(200);
        expect(compiler.dispatched[0]?.request.body).toEqual(CHAT);
      },
    );

    it("H3 reads the stream where the host's parser was not meant for the content type", async () => {
      const compiler = fakeCompiler();
      const host = await given({ compiler, parser: "json" });

      const answer = await post(host, CHAT, { "content-type": "application/vnd.agent+json" });

      expect(answer.status).toBe(200);
      expect(compiler.dispatched[0]?.request.body).toEqual(CHAT);
    });

    it("H4 keeps text whole wherever the body's bytes are cut (defect 15)", async () => {
      const compiler = fakeCompiler();
      const host = await given({ compiler });
      const body = { messages: [{ role: "user", content: "añb🏃c東" }] };
      const bytes = Buffer.from(JSON.stringify(body));
      const cuts = Array.from(bytes, (_byte, index) => bytes.subarray(index, index + 1));

      const answer = await send(host, { method: "POST", path: PATH, parts: cuts });

      expect(answer.status).toBe(200);
      expect(compiler.dispatched[0]?.request.body).toEqual(body);
    });

    it.each([
      [
        "of an announced length, as every client sends it",
        { "content-length": `${Buffer.byteLength(JSON.stringify(CHAT))}` },
      ],
      ["in chunks", { "transfer-encoding": "chunked" }],
    ])("H1 takes a plain HTTP/1.1 body %s (wire 6)", async (_what, headers: OutgoingHttpHeaders) => {
      const compiler = fakeCompiler();
      const host = await given({ compiler });

      const { response } = await begin(host, CHAT, headers);

      expect(response).toMatchObject({ statusCode: 200, httpVersion: "1.1" });
      expect(response.headers["content-encoding"]).toBeUndefined();
      expect(compiler.dispatched[0]?.request.body).toEqual(CHAT);
    });

    it("H5 inflates a compressed body, within the limit", async () => {
      const compiler = fakeCompiler();
      const host = await given({ compiler, options: { maxBodyBytes: 10_000 } });
      const gzip = (body: object) => ({
        method: "POST",
        path: PATH,
        headers: { "content-encoding": "gzip" },
        parts: [gzipSync(JSON.stringify(body))],
      });

      const fits = await send(host, gzip(CHAT));
      const bomb = await send(host, gzip({ ...CHAT, x: " ".repeat(100_000) }));

      expect(fits.status).toBe(200);
      expect(compiler.dispatched[0]?.request.body).toEqual(CHAT);
      expect(bomb).toMatchObject({ status: 413, json: { error: { code: "request_too_large" } } });
      expect(compiler.dispatched).toHaveLength(1);
    });

    it.each([
      ["announced", true],
      ["not announced", false],
    ])("H6 answers 413 to a body above the limit whose length is %s (wire 7)", async (_name, announced) => {
      const compiler = fakeCompiler();
      const host = await given({ compiler, options: { maxBodyBytes: 100_000 } });
      const part = Buffer.alloc(50_000, "a");
      const parts = Array.from({ length: 40 }, () => part);
      const headers = announced ? { "content-length": parts.length * part.length } : {};

      const answer = await send(host, { method: "POST", path: PATH, headers, parts });

      expect(answer).toMatchObject({
        status: 413,
        json: { error: { code: "request_too_large", param: null } },
      });
      expect(compiler.dispatched).toEqual([]);
    });

    it("H6 takes a body of some MiB where no limit is set (wire 7)", async () => {
      const compiler = fakeCompiler();
      const host = await given({ compiler });
      const content = "a".repeat(2 * 1024 * 1024);

      const answer = await post(host, { ...CHAT, messages: [{ role: "user", content }] });

      expect(answer.status).toBe(200);
      expect(compiler.dispatched).toHaveLength(1);
    });

    it("H7 answers under a prefix, and only there (wire 8)", async () => {
      const host = await given({ compiler: fakeCompiler(), prefix: "/llm" });

      const inside = await send(host, {
        method: "POST",
        path: `/llm${PATH}?x=1`,
        parts: [JSON.stringify(CHAT)],
      });
      const outside = await post(host, CHAT);

      expect(inside.status).toBe(200);
      expect(outside.status).toBe(404);
      expect(outside.headers["x-request-id"]).toBeUndefined();
    });

    it.each([
      ["GET", "/"],
      ["GET", "/metrics"],
      ["GET", "/docs"],
      ["POST", "/v1/orders"],
    ])("H8 leaves %s %s to the host", async (method, path) => {
      const host = await given({ compiler: fakeCompiler() });

      const answer = await send(host, {
        method,
        path,
        parts: method === "POST" ? [JSON.stringify({ n: 1 })] : [],
      });

      expect(answer).toMatchObject({ status: 200, text: "the host's own" });
    });

    it("H9 keeps its failures from the host's error handler and its HTML (wire 8)", async () => {
      const compiler = fakeCompiler(() => {
        throw new Error("a mistake of ours");
      });
      const host = await given({ compiler });

      const answers = [
        await post(host, CHAT),
        await send(host, { method: "POST", path: PATH, parts: ["{"] }),
        await send(host, { method: "GET", path: "/v1/embeddings" }),
        await post(host, CHAT, { "content-type": "text/plain" }),
        await post(host, CHAT, { host: "evil.example" }),
      ];

      expect(answers.map(({ status }) => status)).toEqual([500, 400, 405, 415, 401]);
      for (const { headers, json } of answers) {
        expect(headers["content-type"]).toBe("application/json");
        expect(json).toMatchObject({ error: { message: expect.any(String) } });
        expect(headers["x-request-id"]).toMatch(/^req_/);
      }
      expect(host.errors).toEqual([]);
    });

    it.each([false, true])(
      "H10 hands on the first chunk at once (behind compression and helmet: %s) (wire 8, wire 18)",
      async (dressed) => {
        const second = gate();
        async function* frames() {
          yield [frame('{"n":1}')];
          await second.opened;
          yield [frame("[DONE]")];
        }
        const compiler = fakeCompiler(() => answerOf({ reply: framesReply(frames()) }));
        const host = await given({ compiler, dressed });

        const { response } = await begin(host, STREAMED, { "accept-encoding": "gzip" });
        const [first] = await once(response, "data");
        second.open();
        const rest = await readText(response);

        expect(String(first)).toBe('data: {"n":1}\n\n');
        expect(rest).toBe("data: [DONE]\n\n");
        expect(response.headers).toMatchObject({
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-cache, no-transform",
          "x-accel-buffering": "no",
        });
        expect(response.headers["content-encoding"]).toBeUndefined();
      },
    );

    it.each([
      ["whole", CHAT],
      ["streamed", STREAMED],
    ])(
      "H11 aborts a %s call when the client hangs up before the head (defect 1, 2, 3)",
      async (_name, body) => {
        const called = gate<Dispatched>();
        const aborted = gate<unknown>();
        const compiler = fakeCompiler(async (dispatched) => {
          const { signal } = dispatched.call;
          signal?.addEventListener("abort", () => aborted.open(signal.reason));
          called.open(dispatched);
          await aborted.opened;
          throw signal?.reason;
        });
        const host = await given({ compiler });

        const client = write(host, { method: "POST", path: PATH, parts: [JSON.stringify(body)] });
        client.on("error", () => undefined);
        await called.opened;
        client.destroy();

        expect(await aborted.opened).toMatchObject({ name: "AbortError" });
      },
    );

    it("H12 aborts the call when the client hangs up while it streams (defect 1, wire 32)", async () => {
      const aborted = gate<unknown>();
      const closed = gate();
      async function* frames(signal: AbortSignal) {
        try {
          yield [frame('{"n":1}')];
          await aborted.opened;
          signal.throwIfAborted();
        } finally {
          closed.open();
        }
      }
      const compiler = fakeCompiler(({ call }) => {
        const signal = call.signal!;
        signal.addEventListener("abort", () => aborted.open(signal.reason));
        return answerOf({ reply: framesReply(frames(signal)) });
      });
      const host = await given({ compiler });

      const { client, response } = await begin(host, STREAMED);
      response.on("error", () => undefined);
      await once(response, "data");
      client.destroy();

      expect(await aborted.opened).toMatchObject({ name: "AbortError" });
      await closed.opened;
    });

    it("H12 does not take the end of an answer for a hang-up", async () => {
      const compiler = fakeCompiler(() => answerOf({ reply: framesReply(framesOf([frame("[DONE]")])) }));
      const host = await given({ compiler });

      await post(host, STREAMED);
      await post(host, CHAT);

      expect(compiler.dispatched.map(({ call }) => call.signal?.aborted)).toEqual([false, false]);
    });

    it("H13 asks for no more frames while the client does not read (wire 33, defect 19)", async () => {
      const total = 1000;
      const data = "x".repeat(65_536);
      let asked = 0;
      async function* frames() {
        while (asked < total) {
          asked += 1;
          yield [frame(data)];
        }
      }
      const compiler = fakeCompiler(() => answerOf({ reply: framesReply(frames()) }));
      const host = await given({ compiler });

      const { response } = await begin(host, STREAMED);
      await untilStill(() => asked);
      const askedWhilePaused = asked;
      const text = await readText(response);

      expect(askedWhilePaused).toBeLessThan(total / 2);
      expect(text.length).toBe(total * (data.length + "data: \n\n".length));
    });

    it("H14 tells of a failure after the head as an event, and ends without the sentinel (wire 28)", async () => {
      async function* frames() {
        yield [frame('{"n":1}')];
        throw new Error("broken off");
      }
      const host = await given({ compiler: fakeCompiler(() => answerOf({ reply: framesReply(frames()) })) });

      const answer = await post(host, STREAMED);

      expect(answer.status).toBe(200);
      expect(answer.text).toMatch(/^data: \{"n":1\}\n\ndata: \{"error":\{"message":.*\}\}\n\n$/);
      expect(host.errors).toEqual([]);
    });

    it("H15 answers HEAD like GET, without a body", async () => {
      const host = await given({ compiler: fakeCompiler() });

      const answer = await send(host, { method: "HEAD", path: "/v1/models" });

      expect(answer).toMatchObject({ status: 200, text: "" });
      expect(answer.headers["content-length"]).toBe(String('{"object":"list","data":[]}'.length));
    });

    it.each<[string, OutgoingHttpHeaders]>([
      ["a page on another origin", { origin: "https://evil.example" }],
      ["a rebound host name", { host: "evil.example:8787" }],
      ["a form post", { "content-type": "application/x-www-form-urlencoded" }],
      ["a post of plain text", { "content-type": "text/plain" }],
      ["a proxied request", { "x-forwarded-for": "203.0.113.9" }],
    ])("H16 lets %s reach nothing", async (_name, headers) => {
      const compiler = fakeCompiler();
      const host = await given({ compiler });

      const answer = await post(host, CHAT, headers);

      expect([401, 415]).toContain(answer.status);
      expect(compiler.dispatched).toEqual([]);
    });

    it("H17 writes nothing more where the host has answered by itself, and aborts the call", async () => {
      const called = gate();
      const aborted = gate();
      const compiler = fakeCompiler(async ({ call }) => {
        call.signal?.addEventListener("abort", () => aborted.open());
        called.open();
        await aborted.opened;
        return answerOf();
      });
      const host = await given({ compiler, givesUp: called.opened });

      const answer = await post(host, CHAT);
      await aborted.opened;

      expect(answer).toMatchObject({ status: 503, text: "the host gave up" });
    });
  });
}

function frame(data: string): Frame {
  return { data };
}

/** A promise and its opener. */
function gate<T = void>() {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  /** One write each. */
  readonly parts?: readonly (string | Uint8Array)[];
}

/** Starts a request; `http.request` rather than `fetch`, which does not let a test set `host` and `origin`. */
function write(host: Host, { method, path, headers, parts = [] }: Sent): ClientRequest {
  const type = parts.length > 0 ? { "content-type": "application/json" } : {};
  const client = connect({
    port: host.port,
    host: "127.0.0.1",
    method,
    path,
    headers: { ...type, ...headers },
    agent: false,
  });
  for (const part of parts) client.write(part);
  client.end();
  return client;
}

async function begin(host: Host, body: object, headers: OutgoingHttpHeaders = {}) {
  const client = write(host, { method: "POST", path: PATH, headers, parts: [JSON.stringify(body)] });
  const [response] = (await once(client, "response")) as [IncomingMessage];
  return { client, response };
}

async function send(host: Host, sent: Sent) {
  const client = write(host, sent);
  const [response] = (await once(client, "response")) as [IncomingMessage];
  const text = await readText(response);
  return { status: response.statusCode, headers: response.headers, text, json: tryParse(text) };
}

function post(host: Host, body: object, headers: OutgoingHttpHeaders = {}) {
  return send(host, { method: "POST", path: PATH, headers, parts: [JSON.stringify(body)] });
}

async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Resolves when a count has stopped growing: sockets tell nobody that their buffers are full. */
async function untilStill(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); ) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
