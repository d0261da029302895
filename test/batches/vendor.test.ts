import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { PromptCompilerOptions } from "../../src/index.ts";
import type { BatchApi, VendorBatch, VendorCall } from "../../src/scheduler/index.ts";
import { completion } from "../chat-shapes.ts";
import { FakeClock } from "../fake-clock.ts";
import { answers, FakeUpstream } from "../scheduler/fake-upstream.ts";
import { failure } from "../scheduler/given.ts";
import { begin, givenCompiler, lasting, linesIn, told, until, untilStatus } from "./given.ts";

/** A vendor with a batch API: what it was given, and what it says when asked. */
class FakeVendor extends FakeUpstream {
  readonly begun: (readonly VendorCall[])[] = [];
  readonly cancelled: string[] = [];
  looks = 0;
  state: VendorBatch["state"] = "running";
  /** What a look or a beginning fails with. */
  fails: Error | undefined;

  readonly batchApi: BatchApi = {
    begin: async (_wire, calls) => {
      if (this.fails) throw this.fails;
      const received: VendorCall[] = [];
      for await (const call of calls) received.push(call);
      this.begun.push(received);
      return `vendor-${this.begun.length}`;
    },
    look: async () => {
      this.looks += 1;
      if (this.fails) throw this.fails;
      const { state } = this;
      return { state, completed: 1, failed: 0, files: state === "running" ? [] : ["output", "errors"] };
    },
    cancel: async (id) => {
      this.cancelled.push(id);
      this.state = "ended";
    },
    results: (fileId) => this.#results(fileId),
  };

  /** All calls but "bad", the last first, as a vendor may. */
  async *#results(fileId: string): AsyncGenerator<Uint8Array> {
    for (const { customId } of this.begun.at(-1)?.toReversed() ?? []) {
      const isBad = customId === "bad";
      if (isBad !== (fileId === "errors")) continue;
      const body = isBad ? { error: { message: "no" } } : completion(`vendor: ${customId}`);
      const response = { status_code: isBad ? 400 : 200, request_id: "theirs", body };
      yield Buffer.from(`${JSON.stringify({ id: "x", custom_id: customId, response, error: null })}\n`);
    }
  }
}

function given(
  options: PromptCompilerOptions = {},
  vendor = new FakeVendor(answers("ours")),
  clock?: FakeClock,
) {
  const compiler = givenCompiler(
    { deployments: [{ id: "v", model: "m", sentModel: "m-2026", provider: vendor }], ...options },
    clock,
  );
  return { vendor, ...compiler };
}

describe("a batch of one deployment whose vendor has a batch API", () => {
  it("goes there whole, with the model as it is sent, and comes back as ours, in the order of the input", async () => {
    const { compiler, vendor, clock } = given();
    const batch = await begin(compiler, ["one", "bad", "two"]);
    await until(() => vendor.looks === 1);
    expect(await compiler.batches.get(batch.id)).toMatchObject({
      status: "in_progress",
      request_counts: { total: 3, completed: 1, failed: 0 },
    });

    vendor.state = "ended";
    await clock.advance(60_000);
    const ended = await untilStatus(compiler, batch, "completed");

    expect(vendor.begun).toHaveLength(1);
    expect(vendor.begun[0]?.map(({ customId }) => customId)).toEqual(["one", "bad", "two"]);
    expect(vendor.begun[0]?.[0]?.body).toMatchObject({ model: "m-2026" });
    expect(vendor.attempts).toEqual([]);
    expect(ended.request_counts).toEqual({ total: 3, completed: 2, failed: 1 });
    const lines = await linesIn(compiler, ended.output_file_id);
    expect(Object.entries(told(lines))).toEqual([
      ["one", "vendor: one"],
      ["two", "vendor: two"],
    ]);
    expect(lines[0]).toMatchObject({
      id: expect.stringMatching(/^batch_req_/),
      response: { request_id: "theirs" },
    });
    expect(told(await linesIn(compiler, ended.error_file_id))).toEqual({ bad: 400 });
    await until(() => clock.sleeping === 0);
  });

  it("is asked about less and less often", async () => {
    const { compiler, vendor, clock } = given();
    await begin(compiler, ["one"]);

    await clock.advance(60 * 60_000);

    expect(vendor.looks).toBeGreaterThan(60);
    expect(vendor.looks).toBeLessThan(70);
  });

  it("is found again after a restart, not begun again", async () => {
    const clock = new FakeClock();
    const kept = lasting(clock);
    const first = given({ storage: kept.open().storage }, undefined, clock);
    const batch = await begin(first.compiler, ["one"]);
    await until(() => first.vendor.looks === 1);
    await first.compiler.close();

    const second = given({ storage: kept.open().storage }, first.vendor, clock);
    first.vendor.state = "ended";
    second.compiler.batches.resume();
    const ended = await untilStatus(second.compiler, batch, "completed");

    expect(first.vendor.begun).toHaveLength(1);
    expect(told(await linesIn(second.compiler, ended.output_file_id))).toEqual({ one: "vendor: one" });
  });

  it("is cancelled there with ours, and keeps what there is by then", async () => {
    const { compiler, vendor } = given();
    const batch = await begin(compiler, ["one"]);
    await until(() => vendor.looks === 1);

    await compiler.batches.cancel(batch.id);
    const cancelled = await untilStatus(compiler, batch, "cancelled");

    expect(vendor.cancelled).toEqual(["vendor-1"]);
    expect(told(await linesIn(compiler, cancelled.output_file_id))).toEqual({ one: "vendor: one" });
  });

  it("is cancelled there when its window is over", async () => {
    const { compiler, vendor, clock } = given({ batches: { leaseMs: 24 * 60 * 60_000 } });
    const batch = await begin(compiler, ["one"]);
    await until(() => vendor.looks === 1);

    await clock.advance(24 * 60 * 60_000 + 60_000);
    await untilStatus(compiler, batch, "expired");

    expect(vendor.cancelled).toEqual(["vendor-1"]);
  });

  it.each([
    ["the vendor refuses it", { state: "refused" }],
    ["the vendor has no such API", { fails: failure("not-found") }],
  ])("goes through our own queue where %s", async (_, turn) => {
    const { compiler, vendor } = given();
    Object.assign(vendor, turn);

    const ended = await untilStatus(compiler, await begin(compiler, ["one"]), "completed");

    expect(told(await linesIn(compiler, ended.output_file_id))).toEqual({ one: "ours" });
    expect(vendor.attempts).toHaveLength(1);
  });

  it("goes on after a failure that passes, and says so in an event", async () => {
    const { compiler, vendor, clock, events } = given();
    const batch = await begin(compiler, ["one"]);
    await until(() => vendor.looks === 1);

    vendor.fails = failure("network");
    await clock.advance(15_000);
    vendor.fails = undefined;
    vendor.state = "ended";
    await clock.advance(60_000);
    await untilStatus(compiler, batch, "completed");

    expect(vendor.begun).toHaveLength(1);
    expect(events).toContainEqual(expect.objectContaining({ type: "degraded", what: "batch" }));
  });

  it.each<[string, PromptCompilerOptions, Parameters<typeof begin>[2]]>([
    ["its calls are compiled", { context: { maxInputTokens: 1000 } }, {}],
    ["its calls share context", {}, { agentId: "ann", share: true }],
  ])("goes through our own queue where %s: a vendor would know nothing of that", async (_, options, call) => {
    const { compiler, vendor } = given(options);

    await untilStatus(compiler, await begin(compiler, ["one"], call), "completed");

    expect(vendor.begun).toEqual([]);
    expect(vendor.attempts).toHaveLength(1);
  });

  it("goes through our own queue where two deployments serve its model", async () => {
    const vendor = new FakeVendor(answers("ours"));
    const { compiler } = given({
      deployments: ["v", "w"].map((id) => ({ id, model: "m", provider: vendor })),
    });

    await untilStatus(compiler, await begin(compiler, ["one"]), "completed");
    await nextTurn();

    expect(vendor.begun).toEqual([]);
  });
});
