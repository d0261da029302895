import { describe, expect, it } from "vitest";
import { parseCacheControl } from "../../../src/scheduler/cache/cache-control.ts";
import { responseCache } from "../../../src/scheduler/cache/response-cache.ts";
import type { ScheduledAnswer, ScheduledCall } from "../../../src/scheduler/call.ts";
import { chunk, completion, usageChunk } from "../../chat-shapes.ts";
import { answers, bodyOf, FakeUpstream, fails, finished, role, said, streams } from "../fake-upstream.ts";
import { failure, givenCall, givenScheduler, readAll } from "../given.ts";

function repeatable(call: Partial<ScheduledCall> = {}, body: object = {}): ScheduledCall {
  const { stream = false } = call;
  return givenCall({
    requestFor: ({ model }) => ({
      wire: "chat",
      body: { model, messages: [], stream, temperature: 0, ...body },
    }),
    ...call,
  });
}

const given = (...upstreams: FakeUpstream[]) => givenScheduler(upstreams, { cache: responseCache() });
const asking = (control: string) => ({ cache: parseCacheControl(control) });
const text = ({ reply }: ScheduledAnswer): string => Buffer.from(reply.body ?? []).toString();

describe("the exact cache", () => {
  it("answers the same call again, byte for byte, without an attempt", async () => {
    const upstream = new FakeUpstream(answers("one"));
    const { scheduler } = given(upstream);

    const miss = await scheduler.run(repeatable());
    const hit = await scheduler.run(repeatable());

    expect(upstream.attempts).toHaveLength(1);
    expect([miss.cache, hit.cache]).toEqual(["miss", "hit"]);
    expect(text(hit)).toBe(text(miss));
    expect(hit).toMatchObject({ deployment: "a", sentModel: "m", attempts: 0, upstreamMs: 0 });
  });

  it("replays a stream as it was: tool calls, reasoning, usage, frame by frame (defect 61)", async () => {
    const call = { index: 0, id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };
    const frames = [
      chunk({ reasoning_content: "hm" }),
      chunk({ tool_calls: [call] }),
      chunk({}, "tool_calls"),
      usageChunk,
    ].map((each) => ({ data: JSON.stringify(each) }));
    const upstream = new FakeUpstream(
      streams([role], frames.slice(0, 2), frames.slice(2), [{ data: "[DONE]" }]),
    );
    const { scheduler } = given(upstream);

    const first = await readAll(await scheduler.run(repeatable({ stream: true })));
    const second = await scheduler.run(repeatable({ stream: true }));

    expect(second.cache).toBe("hit");
    expect(await readAll(second)).toEqual(first);
    expect(first).toHaveLength(6);
  });

  it("keeps an answer under who gave it, where failover changed that (defect 57)", async () => {
    const { scheduler } = given(
      new FakeUpstream(fails(() => failure("server-error"))),
      new FakeUpstream(answers()),
    );

    await scheduler.run(repeatable());
    const hit = await scheduler.run(repeatable());

    expect(hit).toMatchObject({ cache: "hit", deployment: "b", servedModel: "served-model" });
  });

  it("never keeps an error, a stream cut short or not to be read, or one its reader left", async () => {
    const upstream = new FakeUpstream(
      fails(() => failure("invalid-request")),
      streams([role, said("one")], failure("malformed-response")),
      streams([role, said("one")], [{ data: "{" }], [finished]),
      streams([role, said("one")], [said("two")], [finished]),
      streams([role, said("one")], [finished]),
    );
    const { scheduler } = given(upstream);
    const call = () => scheduler.run(repeatable({ stream: true }));

    await expect(call()).rejects.toThrow();
    await expect(call().then(readAll)).rejects.toThrow();
    await readAll(await call());
    const left = (await call()).reply.frames![Symbol.asyncIterator]();
    await left.next();
    await left.return!();

    expect((await call()).cache).toBe("miss");
  });

  it.each<[string, boolean]>([
    ["whole", false],
    ["streamed", true],
  ])("never keeps a %s answer that a content filter cut short (defect 57)", async (_what, stream) => {
    const whole = JSON.stringify(completion("half")).replace('"stop"', '"content_filter"');
    const filtered = { data: JSON.stringify(chunk({}, "content_filter")) };
    const upstream = new FakeUpstream(async (attempt) =>
      stream ? streams([said("half")], [filtered])(attempt) : bodyOf(whole),
    );
    const { scheduler } = given(upstream);

    await readAll(await scheduler.run(repeatable({ stream })));
    await readAll(await scheduler.run(repeatable({ stream })));

    expect(upstream.attempts).toHaveLength(2);
  });

  it("passes over what is sampled, unless the call says that an earlier answer will do (defect 58)", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler } = given(upstream);
    const sampled = { temperature: undefined };

    const plain = [];
    for (let time = 0; time < 2; time += 1) plain.push(await scheduler.run(repeatable({}, sampled)));
    const asked = [];
    for (let time = 0; time < 2; time += 1) {
      asked.push(await scheduler.run(repeatable(asking("default"), sampled)));
    }

    expect(plain.map(({ cache }) => cache)).toEqual([undefined, undefined]);
    expect(asked.map(({ cache }) => cache)).toEqual(["miss", "hit"]);
  });

  it("asks afresh for no-cache and keeps that, does neither for no-store", async () => {
    const upstream = new FakeUpstream(answers("one"), answers("two"), answers("three"));
    const { scheduler } = given(upstream);
    await scheduler.run(repeatable());

    const fresh = await scheduler.run(repeatable(asking("no-cache")));
    const apart = await scheduler.run(repeatable(asking("no-store")));
    const kept = await scheduler.run(repeatable());

    expect([fresh.cache, apart.cache, kept.cache]).toEqual(["miss", undefined, "hit"]);
    expect(text(kept)).toContain("two");
    expect(upstream.attempts).toHaveLength(3);
  });

  it("answers only-if-cached from the cache or not at all", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler } = given(upstream);

    const early = scheduler.run(repeatable(asking("only-if-cached")));
    await expect(early).rejects.toMatchObject({ code: "PC_NOT_CACHED" });
    await scheduler.run(repeatable());

    expect((await scheduler.run(repeatable(asking("only-if-cached")))).cache).toBe("hit");
    expect(upstream.attempts).toHaveLength(1);
  });

  it("gives nothing older than the call's max-age, or than the cache's ttl", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler, clock } = given(upstream);
    await scheduler.run(repeatable());

    await clock.advance(60_000);
    const young = await scheduler.run(repeatable(asking("max-age=60")));
    await clock.advance(1);
    const old = await scheduler.run(repeatable(asking("max-age=60")));
    await clock.advance(3_600_000);
    const expired = await scheduler.run(repeatable());

    expect([young.cache, old.cache, expired.cache]).toEqual(["hit", "miss", "miss"]);
  });

  it("makes one run of equal misses at once: no stampede (defect 63)", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler } = given(upstream);

    const calls = await Promise.all([1, 2, 3].map(() => scheduler.run(repeatable())));

    expect(upstream.attempts).toHaveLength(1);
    expect(calls.map(({ cache }) => cache)).toEqual(["miss", "joined", "joined"]);
  });

  it("gives the tenants, and the models, answers of their own (defect 56)", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler } = givenScheduler([upstream], { cache: responseCache(), each: { model: "*" } });

    for (const call of [{}, { tenant: "globex" }, { model: "n" }]) await scheduler.run(repeatable(call));

    expect(upstream.attempts).toHaveLength(3);
  });

  it.each([
    ["its model, as served", { model: "served-model" }],
    ["its model, as requested", { model: "m" }],
    ["its tenant", { tenant: "default" }],
    ["the answer's own id", { id: "chatcmpl-1" }],
    ["the call it was made for", { id: "call-1" }],
    ["nothing, which is all", undefined],
  ])("throws an answer out by %s", async (_what, filter) => {
    const { scheduler } = given(new FakeUpstream(answers()));
    await scheduler.run(repeatable());

    expect(await scheduler.answers.clear({ tenant: "globex" })).toBe(0);
    expect(await scheduler.answers.clear(filter)).toBe(1);

    expect((await scheduler.run(repeatable())).cache).toBe("miss");
  });

  it("does not keep, after a clearing, what was asked before it", async () => {
    const upstream = new FakeUpstream(streams([role, said("one")], [finished]));
    const { scheduler } = given(upstream);

    const answer = await scheduler.run(repeatable({ stream: true }));
    await scheduler.answers.clear();
    await readAll(answer);

    expect((await scheduler.run(repeatable({ stream: true }))).cache).toBe("miss");
  });
});
