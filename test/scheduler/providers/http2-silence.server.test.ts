import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createHttpClient } from "../../../src/scheduler/providers/http.ts";
import { FakeClock } from "../../fake-clock.ts";
import { certificate } from "../../fixtures/certificate.ts";
import { startHttp2Upstream } from "../../http2-upstream.ts";

/** By undici's own clock; the looks at what they brought go by ours. */
const PING_MS = 20;

/** A client that pings often, and on its way to the upstream a wire that can be cut without a sign. */
async function given() {
  const upstream = await startHttp2Upstream();
  const clock = new FakeClock();
  const wires: [Socket, Socket][] = [];
  const server = createServer((near) => {
    const far = createConnection(Number(new URL(upstream.url).port), "127.0.0.1");
    for (const end of [near, far]) end.on("error", () => undefined);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    near.pipe(far).pipe(near);
    wires.push([near, far]);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createHttpClient({
    provider: "test",
    origin,
    connections: 1,
    http2: true,
    ca: certificate,
    pingMs: PING_MS,
    clock,
  });
  onTestFinished(async () => {
    upstream.endAll();
    await upstream.close();
    server.close();
    await client.close();
  });
  const ask = async (stream = false): Promise<string> => {
    const { signal } = new AbortController();
    const body = JSON.stringify({ stream });
    const response = await client.send({ method: "POST", path: "/", headers: {}, body, signal });
    return Buffer.from(await response.body.bytes()).toString();
  };
  return {
    upstream,
    clock,
    ask,
    cutSilently: () => {
      for (const [near, far] of wires.splice(0)) {
        near.unpipe(far);
        far.unpipe(near);
      }
    },
  };
}

it("gives up an HTTP/2 connection that is dead without a word, and goes on over a fresh one", async () => {
  const { upstream, clock, ask, cutSilently } = await given();
  await ask();
  upstream.hold();
  const waiting = Promise.allSettled([ask(), ask(), ask()]);
  await upstream.untilOpen(3);

  cutSilently();
  // The first look may still find what came before.
  await clock.advance(4 * PING_MS);

  for (const outcome of await waiting) {
    expect(outcome).toMatchObject({ reason: { kind: "network", staleConnection: true } });
  }
  upstream.hold(false);
  expect(await ask()).toContain("fine");
  expect(upstream.counts.connections).toBe(2);
});

it("keeps an HTTP/2 connection that answers pings, however long its stream says nothing", async () => {
  const { upstream, clock, ask } = await given();
  const stream = ask(true);
  await upstream.untilOpen(1);

  for (let look = 0; look < 5; look += 1) {
    const before = upstream.counts.pings;
    await expect.poll(() => upstream.counts.pings, { timeout: 10_000 }).toBeGreaterThan(before + 1);
    await clock.advance(PING_MS);
  }
  upstream.endAll();

  expect(await stream).toContain("two");
  expect(upstream.counts.connections).toBe(1);
});
