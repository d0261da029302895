/**
 * What only a socket can say: request lines and heads that no client library would send, against the gateway on
 * node:http, without keys, as `serve` has it on a developer's machine.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { tryAnswer } from "../../src/adapters/node-http.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { type FakeCompiler, fakeCompiler } from "./given.ts";

const BODY = '{"model":"m","messages":[{"role":"user","content":"hi"}]}';
const MAX_BODY_BYTES = 100_000;

describe("a hostile request, over a socket", () => {
  let server: Server;
  let port: number;
  let compiler: FakeCompiler;

  beforeAll(async () => {
    const ofThisTest = fakeCompiler((call) => compiler.dispatch(call.request, call.call, call.callId));
    const gateway = createGateway(ofThisTest, { standalone: true, maxBodyBytes: MAX_BODY_BYTES });
    server = createServer((request, response) => {
      void tryAnswer(gateway, request, response, {
        url: request.url ?? "/",
        basePath: "",
        parsedBody: undefined,
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  beforeEach(() => {
    compiler = fakeCompiler();
  });
  afterAll(() => server.close());

  /** The status line and head of whatever comes back. */
  const exchange = async (head: readonly string[], body: string | Buffer = BODY): Promise<string> => {
    const socket = connect(port, "127.0.0.1");
    socket.write(
      `${head.join("\r\n")}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`,
    );
    socket.write(body);
    return text(socket);
  };
  const post = (...lines: string[]) => exchange(["POST /v1/chat/completions HTTP/1.1", ...lines]);
  const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  const JSON_TYPE = "content-type: application/json";

  it("is told apart from one of this machine", async () => {
    expect(statusOf(await post(`host: localhost:${port}`, JSON_TYPE))).toBe(200);
    expect(compiler.dispatched).toHaveLength(1);
  });

  it.each<[string, string[], number]>([
    ["a rebound name", ["host: rebound.example", JSON_TYPE], 401],
    ["a name that only begins like ours", ["host: localhost.rebound.example", JSON_TYPE], 401],
    ["a name with ours before an @", ["host: localhost@rebound.example", JSON_TYPE], 401],
    ["a host list", ["host: localhost, rebound.example", JSON_TYPE], 401],
    ["an IPv6 address that is not ours", ["host: [::2]:80", JSON_TYPE], 401],
    ["an address in another spelling", ["host: 2130706433", JSON_TYPE], 401],
    ["an empty host", ["host:", JSON_TYPE], 401],
    ["a page of another origin", ["host: localhost", "origin: https://evil.example", JSON_TYPE], 401],
    ["a page without an origin", ["host: localhost", "origin: null", JSON_TYPE], 401],
    [
      "an origin that only begins like ours",
      ["host: localhost", "origin: http://localhost.evil.example", JSON_TYPE],
      401,
    ],
    [
      "two origins",
      ["host: localhost", "origin: http://localhost", "origin: https://evil.example", JSON_TYPE],
      401,
    ],
    ["an upper-case proxy header", ["host: localhost", "X-FORWARDED-FOR: 1.2.3.4", JSON_TYPE], 401],
    ["an empty proxy header", ["host: localhost", "via:", JSON_TYPE], 401],
    ["a form", ["host: localhost", "content-type: text/plain"], 415],
    ["two content types", ["host: localhost", "content-type: text/plain", JSON_TYPE], 415],
  ])("reaches nothing as %s", async (_what, lines, status) => {
    const answer = await post(...lines);

    expect(statusOf(answer)).toBe(status);
    expect(answer).toContain("content-type: application/json");
    expect(compiler.dispatched).toEqual([]);
  });

  it("reaches nothing without a Host, as HTTP/1.0 allows", async () => {
    expect(statusOf(await exchange(["POST /v1/chat/completions HTTP/1.0", JSON_TYPE]))).toBe(401);
    expect(compiler.dispatched).toEqual([]);
  });

  it.each([
    "http://evil.example/v1/chat/completions",
    "http://localhost/v1/chat/completions",
    "//v1/chat/completions",
    "/v1//chat/completions",
    "/v1/chat/completions/",
    "/v1/chat%2Fcompletions",
    "/%76%31/chat/completions",
    "/V1/chat/completions",
    "/v1/./chat/completions",
    "/v1/models/../chat/completions",
    "/v1/chat/completions;x=1",
    "/v1/chat/completions%00",
    "\\v1\\chat\\completions",
    "/pc/g/v1/chat/completions",
    "/pc/g/a/b/v1/chat/completions",
    "/pc//a/v1/chat/completions",
    "/pc/g/a/v1/pc/g2/a2/v1/chat/completions",
    "/pc/g/a/pc/g2/a2/v1/chat/completions",
    "/pc/g/a/V1/chat/completions",
  ])("finds no call behind %s", async (path) => {
    const answer = await exchange([`POST ${path} HTTP/1.1`, "host: localhost", JSON_TYPE]);

    expect([400, 404, 405]).toContain(statusOf(answer));
    expect(compiler.dispatched).toEqual([]);
  });

  it("puts nothing of its own into our head, whatever it names", async () => {
    const path = "/pc/g/a%0d%0aset-cookie:%20x=1/v1/chat/completions";

    const answers = [
      await exchange([`POST ${path} HTTP/1.1`, "host: localhost", JSON_TYPE]),
      await exchange(["POST /nowhere%0d%0aset-cookie:x=1 HTTP/1.1", "host: localhost", JSON_TYPE]),
      await exchange(
        ["POST /v1/chat/completions HTTP/1.1", "host: localhost", JSON_TYPE],
        '{"model":"m\\r\\nset-cookie: x=1","messages":[],"pc":{"agent_id":"a\\r\\nset-cookie: x=1"}}',
      ),
    ];

    for (const answer of answers) expect(answer.split("\r\n\r\n")[0]).not.toMatch(/^set-cookie/im);
  });

  it("unfolds no small body into a large one", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, " "));

    const answer = await exchange(
      ["POST /v1/chat/completions HTTP/1.1", "host: localhost", JSON_TYPE, "content-encoding: gzip"],
      bomb,
    );

    expect(bomb.length).toBeLessThan(MAX_BODY_BYTES);
    expect(statusOf(answer)).toBe(413);
  });

  it("cannot hide its length in chunks of one byte", async () => {
    const socket = connect(port, "127.0.0.1");
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n${JSON_TYPE}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n`,
    );
    socket.write("1\r\nx\r\n".repeat(MAX_BODY_BYTES + 1));
    socket.write("0\r\n\r\n");

    expect(statusOf(await text(socket))).toBe(413);
  });
});
