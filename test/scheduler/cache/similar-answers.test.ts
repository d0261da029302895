import { describe, expect, it } from "vitest";
import { lexicalEmbedder } from "../../../src/core/retrieval/lexical-embedding.ts";
import { responseCache } from "../../../src/scheduler/cache/response-cache.ts";
import { type SemanticCacheOptions, semanticCache } from "../../../src/scheduler/cache/semantic-cache.ts";
import type { ScheduledCall } from "../../../src/scheduler/call.ts";
import { memory } from "../../../src/storage/memory.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { FakeClock } from "../../fake-clock.ts";
import { answers, FakeUpstream } from "../fake-upstream.ts";
import { givenCall, givenScheduler } from "../given.ts";

const kept = "What is the capital of France?";
const again = "Please tell me what's the capital of France";

/** Processes one after the other or side by side, as far as a storage can tell, each with an upstream of its own. */
function given(options: { readonly storage?: Storage; readonly cache?: SemanticCacheOptions } = {}) {
  const clock = new FakeClock();
  const storage = options.storage ?? Object.assign(memory({ clock }), { name: "shared" });
  const start = (cache: SemanticCacheOptions = {}) => {
    const upstream = new FakeUpstream(answers());
    const { scheduler, events } = givenScheduler([upstream], {
      semanticCache: semanticCache({ embedder: lexicalEmbedder(), floor: 0.5, ...cache }),
      each: { model: "*" },
      storage,
      clock,
    });
    const ask = async (content: string, call: Partial<ScheduledCall> = {}) => {
      const body = { messages: [{ role: "user", content }], temperature: 0 };
      const asked = givenCall({
        requestFor: ({ model }) => ({ wire: "chat", body: { model, ...body } }),
        ...call,
      });
      const { cache } = await scheduler.run(asked);
      // What is written for nobody who waits is written.
      await clock.advance(0);
      return cache;
    };
    return { scheduler, events, upstream, ask };
  };
  return { clock, storage, start };
}

describe("similar answers in a storage", () => {
  it("are there after a restart", async () => {
    const { start } = given();
    const before = start();
    await before.ask(kept);
    await before.scheduler.close();

    const after = start();

    expect(await after.ask(again)).toBe("semantic");
    expect(after.upstream.attempts).toHaveLength(0);
  });

  it("are found by another process, a second after it last looked at the latest", async () => {
    const { clock, start } = given();
    const [here, there] = [start(), start()];
    await there.ask("What is the capital of Spain?");
    await here.ask(kept);

    await clock.advance(1_000);

    expect(await there.ask(again)).toBe("semantic");
  });

  it.each<[string, Partial<ScheduledCall>]>([
    ["tenant", { tenant: "globex" }],
    ["agent", { agentId: "planner" }],
    ["group", { group: "trip" }],
  ])("are of one %s in the storage too (defect 60)", async (_what, call) => {
    const { start } = given();
    await start().ask(kept);

    expect(await start().ask(again, call)).toBe("miss");
  });

  it("are never compared with vectors of another embedder", async () => {
    const { start } = given();
    await start().ask(kept);

    const other = { ...lexicalEmbedder(), name: "another" };
    expect(await start({ embedder: other }).ask(again)).toBe("miss");
  });

  it("are good for as long as the cache says, and no longer", async () => {
    const { clock, start } = given();
    await start().ask(kept);

    await clock.advance(3_600_000);

    expect(await start().ask(again)).toBe("miss");
  });

  it("obey a caller's max-age after a restart", async () => {
    const { clock, start } = given();
    await start().ask(kept);
    await clock.advance(10_000);
    const atMost = (maxAgeSeconds: number) => ({ cache: { mode: "default", maxAgeSeconds } }) as const;

    expect(await start().ask(again, atMost(20))).toBe("semantic");
    expect(await start().ask(again, atMost(5))).toBe("miss");
  });

  it("are gone when they are cleared, here at once and elsewhere within a second", async () => {
    const { clock, storage, start } = given();
    const [here, there] = [start(), start()];
    await here.ask(kept);
    expect(await there.ask(again)).toBe("semantic");

    expect(await here.scheduler.answers.clear()).toBe(1);
    expect(
      await here
        .ask(again, { cache: { mode: "only-if-cached", maxAgeSeconds: undefined } })
        .catch((error) => error.code),
    ).toBe("PC_NOT_CACHED");
    await clock.advance(1_000);

    expect(await there.ask(again)).toBe("miss");
    const left = [];
    await there.scheduler.answers.clear();
    for await (const [key] of storage.range({ start: "similar", end: "similas" })) left.push(key);
    expect(left.filter((key) => !key.startsWith("similar-answer-epochs"))).toEqual([]);
  });

  it("go with the context that is forgotten, and with no other", async () => {
    const { start } = given();
    const before = start();
    await before.ask(kept, { agentId: "planner", writesContext: true });
    await before.ask(kept, { agentId: "scout", writesContext: true });

    const after = start();
    const forgotten = { tenant: "default", wholeTenant: false, itemIds: new Set<string>() };
    expect(await after.scheduler.answers.forget({ ...forgotten, agentIds: new Set(["planner"]) })).toBe(1);

    expect(await start().ask(again, { agentId: "planner", writesContext: true })).toBe("miss");
    expect(await start().ask(again, { agentId: "scout", writesContext: true })).toBe("semantic");
  });

  it("are, of many, the latest of their scope", async () => {
    const { clock, start } = given();
    const before = start();
    for (let number = 0; number < 300; number += 1) {
      await before.ask(`How far is place ${number} from here?`);
      await clock.advance(1);
    }

    const after = start();

    expect(await after.ask("Please tell me how far is place 299 from here")).toBe("semantic");
    expect(await start().ask("Please tell me how far is place 3 from here")).toBe("miss");
  });

  it("cost a call 50 ms where the storage hangs, together with the exact cache, and then nothing (defect 64)", async () => {
    const clock = new FakeClock();
    const hung = Object.assign(memory({ clock }), { name: "hung", get: () => new Promise<never>(() => {}) });
    const upstream = new FakeUpstream(answers());
    const { scheduler, events } = givenScheduler([upstream], {
      cache: responseCache(),
      semanticCache: semanticCache({ embedder: lexicalEmbedder() }),
      storage: hung,
      clock,
    });
    const began = clock.now();
    const ended: number[] = [];
    const ask = async () => {
      const body = { messages: [{ role: "user", content: kept }], temperature: 0 };
      await scheduler.run(
        givenCall({ requestFor: ({ model }) => ({ wire: "chat", body: { model, ...body } }) }),
      );
      ended.push(clock.now() - began);
    };

    const first = ask();
    await clock.advance(49);
    expect(upstream.attempts).toHaveLength(0);
    await clock.advance(1);
    await first;
    await ask();

    expect(ended).toEqual([50, 50]);
    expect(events.filter(({ type }) => type === "degraded")).toHaveLength(1);
    expect(clock.sleeping).toBe(0);
  });
});
