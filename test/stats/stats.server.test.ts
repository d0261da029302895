import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { level, redis, type Storage } from "../../src/index.ts";
import { countingCompiler, request } from "./given.ts";

describe("stats on durable storage", () => {
  it("are there again after a restart on LevelDB", async () => {
    const directory = await mkdtemp(join(tmpdir(), "pc-stats-"));
    try {
      const first = countingCompiler({ storage: level(directory) });
      for (let call = 0; call < 10; call++) await first.compiler.chat(request, { agentId: "planner" });
      await first.compiler.close();

      const second = countingCompiler({ storage: level(directory) });
      await second.compiler.chat(request, { agentId: "planner" });
      const { agents } = await second.compiler.stats.agents();
      await second.compiler.close();

      expect(agents).toMatchObject([{ agentId: "planner", calls: 11, inputTokens: 1100 }]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("add up over processes that share a Redis", async () => {
    const prefix = `stats-${process.pid}-${performance.now()}`;
    const open = (): Storage => redis(String(process.env["PC_TEST_REDIS_URL"]), { prefix });
    const some = [open(), open(), open()].map((storage) => countingCompiler({ storage }).compiler);

    await Promise.all(
      Array.from({ length: 60 }, (_, index) => some[index % 3]?.chat(request, { agentId: `a${index % 2}` })),
    );
    for (const compiler of some) await compiler.close();
    const { compiler } = countingCompiler({ storage: open() });
    const { lines } = await compiler.stats.sums({}, { by: "agent" });
    await compiler.contexts.forget({ tenant: true }, {});
    const left = await compiler.stats.sums();
    await compiler.close();

    expect(lines.map(({ agentId, calls }) => [agentId, calls])).toEqual([
      ["a0", 30],
      ["a1", 30],
    ]);
    expect(left.lines).toEqual([]);
  });
});
