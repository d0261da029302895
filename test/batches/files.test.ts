import { describe, expect, it } from "vitest";
import { begin, givenCompiler, textOf, until, untilStatus } from "./given.ts";

const PIECE = 256 * 1024;

async function* inParts(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

describe("compiler.files", () => {
  it("gives back what it was given, byte for byte, in pieces, however it came", async () => {
    const { compiler } = givenCompiler();
    const bytes = Buffer.from("añb🏃\u0000".repeat(150_000));

    const { id } = await compiler.files.create({
      content: inParts(bytes.subarray(0, 5), bytes.subarray(5, 700_001), bytes.subarray(700_001)),
      filename: "calls.jsonl",
    });

    const pieces: Uint8Array[] = [];
    for await (const piece of (await compiler.files.content(id)) ?? []) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    expect(Math.max(...pieces.map(({ length }) => length))).toBe(PIECE);
    expect(await compiler.files.get(id)).toMatchObject({
      id: expect.stringMatching(/^file-[0-9a-f]{36}$/),
      object: "file",
      bytes: bytes.length,
      filename: "calls.jsonl",
      purpose: "batch",
      status: "processed",
    });
  });

  it("keeps nothing of a file that did not come whole", async () => {
    const { compiler } = givenCompiler();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(PIECE);
      throw new Error("cut off");
    }

    await expect(compiler.files.create({ content: broken() })).rejects.toThrow("cut off");

    expect((await compiler.files.list()).data).toEqual([]);
  });

  it("lists the newest first, in pages", async () => {
    const { compiler, clock } = givenCompiler();
    for (const filename of ["one", "two", "three"]) {
      await compiler.files.create({ content: "x", filename });
      await clock.advance(1);
    }

    const first = await compiler.files.list({ limit: 2 });
    const second = await compiler.files.list({ limit: 2, after: first.last_id ?? undefined });

    expect([first, second].map(({ data }) => data.map(({ filename }) => filename))).toEqual([
      ["three", "two"],
      ["one"],
    ]);
    expect([first.has_more, second.has_more]).toEqual([true, false]);
  });

  it("keeps a file for thirty days, or for as long as it is to be, and then nothing of it", async () => {
    const HOUR_MS = 60 * 60 * 1000;
    const { compiler, clock } = givenCompiler();
    const brief = await compiler.files.create({
      content: "x",
      expires_after: { anchor: "created_at", seconds: 3600 },
    });
    const usual = await compiler.files.create({ content: "x" });
    expect([brief, usual].map(({ created_at, expires_at }) => expires_at - created_at)).toEqual([
      3600, 2_592_000,
    ]);

    await clock.advance(HOUR_MS - 1);
    expect(await compiler.files.get(brief.id)).toEqual(brief);
    await clock.advance(1);
    expect(await compiler.files.get(brief.id)).toBeUndefined();
    expect((await compiler.files.list()).data).toEqual([usual]);
    await clock.advance(30 * 24 * HOUR_MS);
    expect(await compiler.files.content(usual.id)).toBeUndefined();
  });

  it.each([
    { anchor: "created_at", seconds: 3599 },
    { anchor: "created_at", seconds: 2_592_001 },
    { anchor: "last_active_at", seconds: 3600 },
    7,
  ])("refuses to keep a file otherwise: %j", async (expires_after) => {
    const { compiler } = givenCompiler();

    await expect(
      compiler.files.create({ content: "x", expires_after: expires_after as never }),
    ).rejects.toMatchObject({ code: "PC_INVALID_REQUEST", param: "expires_after" });
  });

  it("shows a caller who may speak for some agents only theirs, with their batches and what these wrote", async () => {
    const { compiler } = givenCompiler();
    const batchOf = async (agentId?: string) =>
      untilStatus(compiler, await begin(compiler, ["one"], { agentId }), "completed");
    const planners = await batchOf("planner");
    const others = [await batchOf("writer"), await batchOf()];
    const limited = { agentId: "planner", agents: ["plan*"] };

    const seen = await compiler.files.list({}, limited);
    expect(seen.data.map(({ id }) => id).toSorted()).toEqual(
      [planners.input_file_id, planners.output_file_id!].toSorted(),
    );
    expect((await compiler.batches.list({}, limited)).data).toEqual([planners]);
    for (const { id, input_file_id, output_file_id } of others) {
      expect(await compiler.batches.get(id, limited)).toBeUndefined();
      expect(await compiler.batches.cancel(id, limited)).toBeUndefined();
      for (const file of [input_file_id, output_file_id!]) {
        expect(await compiler.files.get(file, limited)).toBeUndefined();
        expect(await compiler.files.content(file, limited)).toBeUndefined();
        expect(await compiler.files.delete(file, limited)).toBe(false);
      }
      const batch = { input_file_id, endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
      await expect(compiler.batches.create(batch, limited)).rejects.toMatchObject({
        param: "input_file_id",
        wireCode: "file_not_found",
      });
    }
    expect((await compiler.batches.list()).data).toHaveLength(3);
  });

  it("deletes a file for good, but not one that a batch is about to read", async () => {
    const { compiler, waiting } = givenCompiler({ answers: "held" });
    const batch = await begin(compiler, ["one"]);
    await until(() => waiting.length === 1);
    await expect(compiler.files.delete(batch.input_file_id)).rejects.toMatchObject({
      code: "PC_INVALID_REQUEST",
      wireCode: "file_in_use",
    });

    waiting[0]!.release();
    const { output_file_id } = await untilStatus(compiler, batch, "completed");

    expect(await textOf(compiler, output_file_id!)).not.toBe("");
    for (const id of [batch.input_file_id, output_file_id!]) {
      expect(await compiler.files.delete(id)).toBe(true);
      expect(await compiler.files.delete(id)).toBe(false);
      expect(await compiler.files.content(id)).toBeUndefined();
    }
  });
});
