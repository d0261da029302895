import { describe, expect, it } from "vitest";
import { type AnswerStore, createAnswerStore } from "../../../src/scheduler/cache/answer-store.ts";
import type { AnswerFacts, CachedAnswer } from "../../../src/scheduler/cache/cached-answer.ts";
import { PatientStorage } from "../../../src/scheduler/cache/patient-storage.ts";
import { memory } from "../../../src/storage/memory.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import type { PromptCompilerEvent } from "../../../src/telemetry.ts";
import { FakeClock } from "../../fake-clock.ts";

const clock = new FakeClock();

/** A storage that outlives the process, as far as a cache can tell. */
const shared = (): Storage => Object.assign(memory({ clock }), { name: "shared" });

function given(options: {
  readonly storage?: Storage;
  readonly maxBytes?: number;
  readonly clock?: FakeClock;
}) {
  const events: string[] = [];
  const setting = {
    clock: options.clock ?? clock,
    emit: ({ type }: PromptCompilerEvent) => void events.push(type),
  };
  const store = createAnswerStore({
    kind: "cached",
    maxBytes: options.maxBytes ?? 1_000_000,
    ttlMs: 60_000,
    storage: options.storage,
    ownsStorage: false,
    patience: new PatientStorage(setting),
    clock: setting.clock,
  });
  return { store, events };
}

const answer = (key: string, facts: Partial<AnswerFacts> = {}, body = "{}"): CachedAnswer => ({
  facts: { tenant: "t", key, callId: "c", deployment: "d", sentModel: "m", contextIds: [], ...facts },
  storedAt: clock.now(),
  status: 200,
  dropped: [],
  said: { body },
});

async function get(store: AnswerStore, key: string): Promise<CachedAnswer | undefined> {
  const epoch = await store.epoch("t");
  return epoch && store.get("t", key, epoch);
}

async function put(store: AnswerStore, ...kept: CachedAnswer[]): Promise<void> {
  const epoch = (await store.epoch("t"))!;
  for (const one of kept) store.put(one, epoch);
  await new Promise(setImmediate);
}

describe("an answer store", () => {
  it("finds after a restart, and in another process, what is in the storage", async () => {
    const storage = shared();
    await put(given({ storage }).store, answer("k"));

    expect(await get(given({ storage }).store, "k")).toEqual(answer("k"));
  });

  it("takes no more memory than it may: the answer that was not asked for longest goes (defect 65)", async () => {
    const { store } = given({ maxBytes: 10_000 });
    await put(store, answer("a", {}, "x".repeat(1_000)), answer("b", {}, "x".repeat(1_000)));
    await get(store, "a");

    await put(store, answer("c", {}, "x".repeat(1_000)), answer("d", {}, "x".repeat(1_000)));

    const found = await Promise.all(["a", "b", "c", "d"].map((key) => get(store, key)));
    expect(found.map((one) => one?.facts.key)).toEqual(["a", undefined, "c", "d"]);
  });

  it("keeps nothing a second time in a storage that is memory itself", async () => {
    const storage = memory({ clock });
    await put(given({ storage }).store, answer("k"));

    expect(await get(given({ storage }).store, "k")).toBeUndefined();
  });

  it("waits 50 ms for a storage, then leaves it alone for five seconds (defect 64)", async () => {
    const clock = new FakeClock();
    let asked = 0;
    const stuck = Object.assign(shared(), {
      get: () => {
        asked += 1;
        return new Promise<never>(() => undefined);
      },
    });
    const { store, events } = given({ storage: stuck, clock });

    const waiting = store.epoch("t");
    await clock.advance(50);

    expect(await waiting).toBeUndefined();
    expect(await store.epoch("t")).toBeUndefined();
    expect([asked, clock.sleeping, events]).toEqual([1, 0, ["degraded"]]);

    await clock.advance(5_000);
    void store.epoch("t");
    expect(asked).toBe(2);
  });

  it("waits 50 ms in all, however often it asks for one call (defect 64)", async () => {
    const clock = new FakeClock();
    const slow = shared();
    const read = slow.get.bind(slow);
    Object.assign(slow, { get: (key: string) => clock.sleep(40).then(() => read(key)) });
    const { store } = given({ storage: slow, clock });
    const began = clock.now();
    let ended = 0;

    const looking = get(store, "k").then(() => {
      ended = clock.now();
    });
    for (let step = 0; step < 20; step += 1) await clock.advance(10);
    await looking;

    expect(ended - began).toBe(50);
  });

  it("goes back to a storage as soon as what was late arrives: it was being opened", async () => {
    const clock = new FakeClock();
    let open = (): void => undefined;
    const opened = new Promise<undefined>((resolve) => {
      open = () => resolve(undefined);
    });
    const opening = Object.assign(shared(), { get: () => opened });
    const { store } = given({ storage: opening, clock });

    const waiting = store.epoch("t");
    await clock.advance(50);
    expect(await waiting).toBeUndefined();
    open();
    await clock.advance(0);

    expect(await store.epoch("t")).toBeDefined();
  });

  it("counts a storage that fails as one that has nothing", async () => {
    const broken = Object.assign(shared(), { get: () => Promise.reject(new Error("away")) });
    const { store, events } = given({ storage: broken });

    expect(await get(store, "k")).toBeUndefined();
    expect(events).toEqual(["degraded"]);
  });

  it("throws out of memory and storage, and only what matches", async () => {
    const storage = shared();
    const { store } = given({ storage });
    await put(store, answer("a", { keeper: "planner" }), answer("b"));

    expect(await store.clear("t", ({ keeper }) => keeper === "planner")).toBe(1);

    for (const each of [store, given({ storage }).store]) {
      expect(await get(each, "a")).toBeUndefined();
      expect(await get(each, "b")).toBeDefined();
    }
  });

  it("gives nothing, a second later, that another process has thrown out", async () => {
    const clock = new FakeClock();
    const storage = shared();
    const [here, there] = [given({ storage, clock }).store, given({ storage, clock }).store];
    await put(here, answer("k"));

    await there.clear(undefined, () => true);
    await clock.advance(1_000);

    expect(await get(here, "k")).toBeUndefined();
  });

  it("does not keep what another process has thrown out while it was being answered", async () => {
    const clock = new FakeClock();
    const storage = shared();
    const [here, there] = [given({ storage, clock }).store, given({ storage, clock }).store];
    const epoch = (await here.epoch("t"))!;

    await there.clear("t", () => true);
    here.put(answer("k"), epoch);
    await here.close();

    expect(await get(given({ storage, clock }).store, "k")).toBeUndefined();
  });

  it("has written everything when it is closed", async () => {
    const storage = shared();
    const { store } = given({ storage });

    store.put(answer("k"), (await store.epoch("t"))!);
    await store.close();

    expect(await get(given({ storage }).store, "k")).toBeDefined();
  });
});
