import { describe, expect, it } from "vitest";
import { readToCommitPoint } from "../../src/scheduler/commit-point.ts";
import { codecFor } from "../../src/wires/index.ts";
import type { Frame } from "../../src/wires/wire.ts";
import { said } from "./fake-upstream.ts";

describe("readToCommitPoint", () => {
  it("fails where an upstream sends pings without end: what comes before the first word is kept in memory", async () => {
    const ping = { data: JSON.stringify({ choices: [], pad: " ".repeat(1024 * 1024) }) };
    async function* pings(): AsyncGenerator<readonly Frame[]> {
      for (;;) yield [ping];
    }

    await expect(readToCommitPoint(pings(), codecFor("chat"), "up")).rejects.toMatchObject({
      kind: "malformed-response",
      message: expect.stringContaining("said nothing"),
    });
  });

  it("fails at an event that cannot be read before anything was said: another may answer (defect 17)", async () => {
    async function* garbled(): AsyncGenerator<readonly Frame[]> {
      yield [{ data: '{"choices":[{"del' }, said("Hello")];
    }

    await expect(readToCommitPoint(garbled(), codecFor("chat"), "up")).rejects.toMatchObject({
      kind: "malformed-response",
    });
  });
});
