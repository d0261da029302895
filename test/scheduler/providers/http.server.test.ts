import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createHttpClient, type HttpClient } from "../../../src/scheduler/providers/http.ts";
import { FakeClock } from "../../fake-clock.ts";
import { startUpstream, type Upstream } from "../../upstream.ts";

async function withClient(
  use: (client: HttpClient, upstream: Upstream, clock: FakeClock) => Promise<void>,
  connections?: number,
): Promise<void> {
  const upstream = await startUpstream();
  const clock = new FakeClock();
  const client = createHttpClient({ provider: "test", origin: upstream.url, connections, clock });
  try {
    await use(client, upstream, clock);
  } finally {
    await upstream.close();
    await client.close();
  }
}

const get = (client: HttpClient, signal = new AbortController().signal) =>
  client.send({ method: "GET", path: "/", headers: {}, signal });
const textOf = async (client: HttpClient) => Buffer.from(await (await get(client)).body.bytes()).toString();

describe("createHttpClient", () => {
  it.each([
    ["gzip", gzipSync("grüße")],
    ["deflate", deflateSync("grüße")],
    ["br", brotliCompressSync("grüße")],
    ["identity", Buffer.from("grüße")],
  ])("undoes a content encoding it did not ask for: %s", (encoding, body) =>
    withClient(async (client, upstream) => {
      upstream.reply({ headers: { "content-encoding": encoding }, body });

      expect(await textOf(client)).toBe("grüße");
      expect(upstream.requests[0]?.headers["accept-encoding"]).toBe("identity");
    }),
  );

  it.each([
    ["is unknown", "zstd", Buffer.from("x")],
    ["is not what it says", "gzip", Buffer.from("plain")],
    ["breaks off", "gzip", gzipSync("x".repeat(1000)).subarray(0, 20)],
  ])("fails as malformed-response where the content encoding %s", (_what, encoding, body) =>
    withClient(async (client, upstream) => {
      upstream.reply({ headers: { "content-encoding": encoding }, body });

      await expect(textOf(client)).rejects.toMatchObject({ kind: "malformed-response" });
    }),
  );

  it("keeps only the headers that mean something", () =>
    withClient(async (client, upstream) => {
      upstream.reply({
        headers: {
          "content-type": "a/b",
          "X-RateLimit-Remaining-Tokens": "7",
          "retry-after": "1",
          "x-request-id": "r",
          "set-cookie": "secret=1",
          "openai-organization": "org-1",
          server: "s",
        },
      });

      expect((await get(client)).headers).toEqual({
        "content-type": "a/b",
        "x-ratelimit-remaining-tokens": "7",
        "retry-after": "1",
        "x-request-id": "r",
      });
    }));

  it("rejects at once when aborted while waiting for a connection, and never sends the request (defect 1)", () =>
    withClient(async (client, upstream) => {
      upstream.reply("hang");
      const first = new AbortController();
      const second = new AbortController();
      const held = get(client, first.signal);
      await upstream.untilRequests(1);

      const waiting = get(client, second.signal);
      second.abort("enough");
      await expect(waiting).rejects.toBe("enough");

      upstream.reply({ body: "third" });
      first.abort("enough");
      await expect(held).rejects.toBe("enough");
      expect(await textOf(client)).toBe("third");
      expect(upstream.requests).toHaveLength(2);
    }, 1));

  it("tells a connection that had served and was closed from an upstream that does not answer (defect 45)", () =>
    withClient(async (client, upstream) => {
      for (const ending of ["reset", "cut"] as const) {
        upstream.reply([ending, { body: "fine" }, ending]);

        await expect(get(client)).rejects.toMatchObject({ kind: "network", staleConnection: false });
        await textOf(client);
        await expect(get(client)).rejects.toMatchObject({ kind: "network", staleConnection: true });
      }
    }, 1));

  it("does not call a connection stale that breaks in the middle of an answer", () =>
    withClient(async (client, upstream) => {
      upstream.reply({ body: "half", ending: "reset" });

      await expect(textOf(client)).rejects.toMatchObject({ kind: "network", staleConnection: false });
    }));

  it("says who gave no answer, and why", () =>
    withClient(async (client, upstream) => {
      upstream.reply("cut");

      await expect(get(client)).rejects.toThrow(`test at ${upstream.url} gave no answer: UND_ERR_SOCKET`);
    }));

  it("leaves no listener on the signal", () =>
    withClient(async (client, upstream) => {
      upstream.reply({ body: "fine" });
      const { signal } = new AbortController();
      const listeners: string[] = [];
      const { addEventListener, removeEventListener } = signal;
      signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
        listeners.push(args[0]);
        addEventListener.apply(signal, args);
      };
      signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
        listeners.pop();
        removeEventListener.apply(signal, args);
      };

      await (await get(client, signal)).body.bytes();

      expect(listeners).toEqual([]);
    }));

  it("gives up the unwanted rest of an answer after a second, and leaves no timer behind one that ends", () =>
    withClient(async (client, upstream, clock) => {
      const doneAtOnce = { done: true, push: () => [], end: () => [] };
      upstream.reply({ body: "rest", ending: "stall" });

      const { body } = await get(client);
      expect(await body.read(doneAtOnce).next()).toMatchObject({ done: true });
      expect(clock.sleeping).toBe(1);
      await clock.advance(999);
      expect(upstream.aborted).toBe(0);
      await clock.advance(1);
      await upstream.untilAborted();

      upstream.reply({ body: "rest" });
      const second = await get(client);
      await second.body.read(doneAtOnce).next();
      await textOf(client);
      expect(clock.sleeping).toBe(0);
    }, 1));

  it("refuses to read the next chunks before the last ones have come", () =>
    withClient(async (client, upstream) => {
      upstream.reply({ body: "x", ending: "stall" });
      const controller = new AbortController();
      const { body } = await get(client, controller.signal);
      const never = { done: false, push: () => [], end: () => [] };
      const chunks = body.read(never);
      const first = chunks.next();

      await expect(chunks.next()).rejects.toThrow("before the last ones had come");

      controller.abort("enough");
      await expect(first).rejects.toBe("enough");
    }));
});
