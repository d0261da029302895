/**
 * The contract of `SharedState`. Ids never change meaning.
 *
 *     L1   MUST  reserve as long as there is room, and say when to ask again where there is none
 *     L2   MUST  never hold more leases than `parallel`, under any interleaving
 *     L3   MUST  never reserve more than `rpm` requests or `tpm` tokens in any minute, under any interleaving
 *     L4   MUST  count each limit by itself: one that is used up leaves the others as they are
 *     L5   MUST  reserve all of a claim or nothing of it
 *     L6   MUST  charge what was really used once a lease is settled, the estimate where that is unknown
 *     L7   MUST  charge nothing for a lease that is cancelled
 *     L8   MUST  end a lease once, whatever comes after it
 *     L9   MUST  take a claim larger than the limit for the whole limit
 *     L10  MUST  keep keys apart
 *     L11  MUST  count what all who share the state reserve                    (shared ones)
 *     L12  MUST  tell others what cools down, a later end in the place of an earlier one, never the other way round
 *                                                                              (shared ones)
 *     L13  MUST  take leases that end after `close` calmly
 *     L14  MUST  give the same promise of cooldowns again, where nothing is new
 *     L15  MUST  let one of all who share the state lead a run, and tell the others what it says    (shared ones)
 *     L16  MUST  tell followers that a run is over of which nothing was told                        (shared ones)
 *     L17  MUST  tell of a run only those who came while it was under way                           (shared ones)
 *     L18  MUST  have told, when it is closed, what was to be told                                  (shared ones)
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Claim, Lease, SharedState } from "../../src/scheduler/state/shared-state.ts";

export interface SharedStateFixture {
  readonly state: SharedState;
  /** Another process on the same state; absent where there is none. */
  another?(): SharedState;
  /** Now, as the state sees it. */
  now(): number;
  /** Waits until what was settled has arrived. */
  settled(): Promise<void>;
  dispose(): Promise<void>;
}

export interface SharedStateContract {
  readonly create: () => Promise<SharedStateFixture>;
  /** Runs of each property. */
  readonly runs: number;
  /** Ids that do not apply, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

const claim = (limits: Claim["limits"], tokens = 0, key = "a"): Claim => ({ key, limits, tokens });

async function leaseOf(state: SharedState, wanted: Claim): Promise<Lease> {
  const { lease } = await state.reserve(wanted);
  if (lease === undefined) throw new Error("there was no room");
  return lease;
}

export function describeSharedState(name: string, { create, runs, skip = {} }: SharedStateContract): void {
  /** A test with a fresh state, thrown away afterwards. */
  function must(id: string, sentence: string, test: (fixture: SharedStateFixture) => Promise<void>): void {
    const reason = skip[id];
    const title = reason === undefined ? `${id} ${sentence}` : `${id} ${sentence} (${reason})`;
    it.skipIf(reason !== undefined)(title, async () => {
      const fixture = await create();
      try {
        await test(fixture);
      } finally {
        await fixture.state.close();
        await fixture.dispose();
      }
    });
  }

  describe(`${name} state`, () => {
    must("L1", "reserves while there is room, and says when to ask again", async ({ state }) => {
      const limits = { rpm: 2 };

      await leaseOf(state, claim(limits));
      await leaseOf(state, claim(limits));
      const third = await state.reserve(claim(limits));

      expect(third).toMatchObject({ lease: undefined });
      expect(third).toHaveProperty("retryInMs", expect.any(Number));
      const { retryInMs } = third as { retryInMs: number };
      expect(retryInMs).toBeGreaterThan(55_000);
      expect(retryInMs).toBeLessThanOrEqual(61_000);
    });

    must(
      "L2",
      "never holds more leases than `parallel`, under any interleaving",
      async ({ state, another }) => {
        const processes = [state, another?.() ?? state];
        const step = fc.record({ process: fc.nat(1), takes: fc.boolean() });
        let key = 0;
        await fc.assert(
          fc.asyncProperty(
            fc.array(step, { maxLength: 30 }),
            fc.integer({ min: 1, max: 5 }),
            async (steps, parallel) => {
              key += 1;
              const held: Lease[] = [];
              const taking: Promise<void>[] = [];
              for (const { process, takes } of steps) {
                if (takes) {
                  const taken = processes[process]!.reserve(claim({ parallel }, 0, `k${key}`)).then(
                    ({ lease }) => {
                      if (lease !== undefined) held.push(lease);
                      expect(held.length).toBeLessThanOrEqual(parallel);
                    },
                  );
                  taking.push(taken);
                } else {
                  await Promise.all(taking);
                  held.shift()?.settle(undefined);
                }
              }
              await Promise.all(taking);
              for (const lease of held) lease.settle(undefined);
            },
          ),
          { numRuns: runs },
        );
        for (const each of processes) if (each !== state) await each.close();
      },
    );

    must(
      "L3",
      "never reserves more than `rpm` and `tpm` in a minute (defect 47)",
      async ({ state, another }) => {
        const processes = [state, another?.() ?? state];
        const tokens = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 30 });
        let key = 0;
        await fc.assert(
          fc.asyncProperty(tokens, fc.integer({ min: 1, max: 10 }), async (wanted, rpm) => {
            key += 1;
            const limits = { rpm, tpm: 100 };
            const granted: number[] = [];
            await Promise.all(
              wanted.map(async (each, index) => {
                const { lease } = await processes[index % 2]!.reserve(claim(limits, each, `k${key}`));
                if (lease !== undefined) granted.push(each);
                if (index % 3 === 0) lease?.settle(each);
              }),
            );

            expect(granted.length).toBeLessThanOrEqual(rpm);
            expect(granted.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(100);
            // It is not so careful that it takes nothing: the first that fits goes through.
            expect(granted.length).toBeGreaterThan(0);
          }),
          { numRuns: runs },
        );
        for (const each of processes) if (each !== state) await each.close();
      },
    );

    must("L4", "counts each limit by itself (defect 48)", async ({ state }) => {
      await leaseOf(state, claim({ rpm: 10, tpm: 100 }, 100));

      expect(await state.reserve(claim({ rpm: 10, tpm: 100 }, 1))).toMatchObject({ lease: undefined });
      expect((await state.reserve(claim({ rpm: 10 }, 1))).lease).toBeDefined();
      expect((await state.reserve(claim({ rpm: 10, tpm: 100 }, 0))).lease).toBeDefined();
    });

    must("L5", "reserves all of a claim or nothing of it", async ({ state }) => {
      const limits = { rpm: 2, tpm: 100, parallel: 9 };
      (await leaseOf(state, claim(limits, 60))).settle(60);

      // No room for the tokens: the request and the place are not taken either.
      for (let refused = 0; refused < 5; refused += 1) {
        expect((await state.reserve(claim(limits, 60))).lease).toBeUndefined();
      }

      expect((await state.reserve(claim(limits, 40))).lease).toBeDefined();
    });

    must(
      "L6",
      "charges what was really used, the estimate where that is unknown",
      async ({ state, settled }) => {
        const limits = { tpm: 100 };
        const known = await leaseOf(state, claim(limits, 60));
        const unknown = await leaseOf(state, claim(limits, 30));

        known.settle(20);
        unknown.settle(undefined);
        await settled();

        expect((await state.reserve(claim(limits, 51))).lease).toBeUndefined();
        expect((await state.reserve(claim(limits, 50))).lease).toBeDefined();
      },
    );

    must("L7", "charges nothing for a lease that is cancelled", async ({ state, settled }) => {
      const limits = { rpm: 1, tpm: 100, parallel: 1 };

      (await leaseOf(state, claim(limits, 100))).cancel();
      await settled();

      expect((await state.reserve(claim(limits, 100))).lease).toBeDefined();
    });

    must("L8", "ends a lease once (defect 46)", async ({ state, settled }) => {
      const limits = { rpm: 3, tpm: 100, parallel: 2 };
      const first = await leaseOf(state, claim(limits, 10));
      await leaseOf(state, claim(limits, 10));

      first.settle(50);
      first.settle(0);
      first.cancel();
      await settled();
      await leaseOf(state, claim(limits, 40));

      expect((await state.reserve(claim({ parallel: 2 }))).lease).toBeUndefined();
      expect((await state.reserve(claim({ rpm: 3 }))).lease).toBeUndefined();
    });

    must("L9", "takes a claim larger than the limit for the whole limit", async ({ state }) => {
      const limits = { tpm: 100 };

      expect((await state.reserve(claim(limits, 1_000))).lease).toBeDefined();
      expect((await state.reserve(claim(limits, 1))).lease).toBeUndefined();
    });

    must("L10", "keeps keys apart", async ({ state }) => {
      await leaseOf(state, claim({ rpm: 1 }, 0, "a"));

      expect((await state.reserve(claim({ rpm: 1 }, 0, "b"))).lease).toBeDefined();
      expect((await state.reserve(claim({ rpm: 1 }, 0, "a"))).lease).toBeUndefined();
    });

    must(
      "L11",
      "counts what all who share the state reserve (defect 49)",
      async ({ state, another, settled }) => {
        const other = another!();
        const lease = await leaseOf(state, claim({ parallel: 1, rpm: 2 }));

        expect((await other.reserve(claim({ parallel: 1, rpm: 2 }))).lease).toBeUndefined();

        lease.settle(undefined);
        await settled();
        const taken = await leaseOf(other, claim({ parallel: 1, rpm: 2 }));
        taken.settle(undefined);
        expect((await state.reserve(claim({ rpm: 2 }))).lease).toBeUndefined();
        await other.close();
      },
    );

    must("L12", "tells others what cools down, the later end for the earlier", async (fixture) => {
      const { state, another, settled, now } = fixture;
      const other = another!();

      state.cool("a", { untilMs: now() + 30_000, asked: true, failure: "rate-limited" });
      state.cool("a", { untilMs: now() + 10_000, asked: false, failure: "network" });
      await settled();
      const told = (await other.cooldowns())?.get("a");

      expect(told).toMatchObject({ asked: true, failure: "rate-limited" });
      expect(Math.abs(told!.untilMs - now() - 30_000)).toBeLessThan(1_000);
      await other.close();
    });

    must("L13", "takes leases that end after `close` calmly", async ({ state }) => {
      const lease = await leaseOf(state, claim({ parallel: 1, tpm: 10 }, 5));

      await state.close();

      expect(() => lease.settle(5)).not.toThrow();
    });

    must("L14", "costs nothing to be asked where nothing is new", async ({ state, now }) => {
      state.cool("a", { untilMs: now() + 30_000, asked: true, failure: "rate-limited" });

      expect(state.cooldowns()).toBeInstanceOf(Promise);
      expect(state.cooldowns()).toBe(state.cooldowns());
    });

    const run = "run-1";
    const answer = (text: string): Uint8Array => new TextEncoder().encode(text);

    must("L15", "lets one lead a run, and tells the others what it says (defect 63)", async (fixture) => {
      const { state, another, settled } = fixture;
      const others = [another!(), another!()];

      const parts = await Promise.all([state, ...others].map((each) => each.takePart!(run)));
      const leaders = parts.filter((part) => part?.leads === true);
      const followers = parts.filter((part) => part?.leads === false);
      const before = await Promise.all(followers.map((part) => part.look()));
      leaders[0]!.end(answer("é\u0000"));
      leaders[0]!.end(answer("again"));
      await settled();
      const after = await Promise.all(followers.map((part) => part.look()));

      expect([leaders.length, before]).toEqual([1, ["running", "running"]]);
      expect(after.map((each) => [...(each as Uint8Array)])).toEqual(Array(2).fill([...answer("é\u0000")]));
      for (const each of others) await each.close();
    });

    must("L16", "tells followers that a run is over of which nothing was told", async (fixture) => {
      const { state, another, settled } = fixture;
      const other = another!();
      const leader = await state.takePart!(run);
      const follower = await other.takePart!(run);

      if (leader?.leads === true) leader.end(undefined);
      await settled();

      expect(follower?.leads === false && (await follower.look())).toBeUndefined();
      expect(await other.takePart!(run)).toMatchObject({ leads: true });
      await other.close();
    });

    must("L17", "tells of a run only those who came while it was under way", async (fixture) => {
      const { state, another, settled } = fixture;
      const other = another!();
      const first = await state.takePart!(run);
      const follower = await other.takePart!(run);
      if (first?.leads === true) first.end(answer("first"));
      await settled();

      const second = await other.takePart!(run);

      expect(second).toMatchObject({ leads: true });
      expect(follower?.leads === false && (await follower.look())).toBeInstanceOf(Uint8Array);
      expect(await state.takePart!("another")).toMatchObject({ leads: true });
      await other.close();
    });

    must("L18", "has told what was to be told when it is closed", async ({ state, another }) => {
      const other = another!();
      const leader = await other.takePart!(run);
      const follower = await state.takePart!(run);

      if (leader?.leads === true) leader.end(answer("last words"));
      await other.close();

      expect(follower?.leads === false && (await follower.look())).toBeInstanceOf(Uint8Array);
    });
  });
}
