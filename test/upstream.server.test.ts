import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { cutAt, failure, json, startUpstream, stream } from "./upstream.ts";

describe("startUpstream", () => {
  it("answers by list, the last one again and again, and remembers every request", async () => {
    const upstream = await startUpstream();
    upstream.reply([failure(429, {}, { "retry-after": "2" }), json({ fine: true })]);

    const statuses: number[] = [];
    for (const n of [1, 2, 3]) {
      const answer = await fetch(`${upstream.url}/v1/x?n=${n}`, { method: "POST", body: `{"n":${n}}` });
      statuses.push(answer.status);
      await answer.arrayBuffer();
    }

    expect(statuses).toEqual([429, 200, 200]);
    expect(upstream.requests.map(({ path, json }) => [path, json.n])).toEqual([
      ["/v1/x?n=1", 1],
      ["/v1/x?n=2", 2],
      ["/v1/x?n=3", 3],
    ]);
    expect(upstream.aborted).toBe(0);
    await upstream.close();
  });

  it("sends every part of a body on its own", async () => {
    const upstream = await startUpstream();
    const bytes = new TextEncoder().encode("data: é\n\n");
    upstream.reply({ headers: { "content-type": "text/event-stream" }, body: cutAt(bytes, 7) });

    const client = request(upstream.url).end();
    const [answer] = await once(client, "response");
    const parts: number[] = [];
    answer.on("data", (part: Buffer) => parts.push(part.length));
    await once(answer, "end");

    expect(parts).toEqual([7, 3]);
    await upstream.close();
  });

  it("counts an answer the client hung up on, and not one it broke itself", async () => {
    const upstream = await startUpstream();
    upstream.reply([stream(["a"], { ending: "cut" }), stream(["a"], { ending: "reset" }), "reset", "hang"]);

    await expect(fetch(upstream.url).then((answer) => answer.text())).rejects.toThrow();
    await expect(fetch(upstream.url).then((answer) => answer.text())).rejects.toThrow();
    await expect(fetch(upstream.url)).rejects.toThrow();
    const before = upstream.aborted;
    const controller = new AbortController();
    const hanging = fetch(upstream.url, { signal: controller.signal }).catch(() => "aborted");
    await upstream.untilRequests(4);
    controller.abort();
    await upstream.untilAborted();

    expect(await hanging).toBe("aborted");
    expect([before, upstream.aborted]).toEqual([0, 1]);
    await upstream.close();
  });
});
