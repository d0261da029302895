import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPromptCompiler, level, redis, type Storage } from "../../../src/index.ts";
import { scripted, semanticCache } from "../../../src/scheduler/index.ts";

const kept = "How much deposit does the harbour hotel want?";
const again = "how much deposit do harbour hotels want";
const url = process.env["PC_TEST_REDIS_URL"];

/** A process, as far as a storage can tell, whose upstream says `says`. */
function given(storage: Storage, says: string) {
  const compiler = createPromptCompiler({
    deployments: [{ id: "up", model: "m", provider: scripted([says]) }],
    semanticCache: semanticCache(),
    storage,
  });
  onTestFinished(() => compiler.close());
  const ask = async (content: string, tenant = "acme"): Promise<unknown> => {
    const request = { messages: [{ role: "user", content }], temperature: 0 };
    return (await compiler.chat(request, { tenant })).choices[0]?.message.content;
  };
  /** Only what is kept: a call does not wait for a database that is being opened, nor hear of others before a second. */
  const cached = async (content: string, tenant = "acme"): Promise<unknown> => {
    const request = { messages: [{ role: "user", content }], temperature: 0 };
    const answer = compiler.chat(request, { tenant, cache: "only-if-cached" });
    return answer.then(({ choices }) => choices[0]?.message.content).catch((error) => error.code);
  };
  const untilKept = (content: string) =>
    expect.poll(async () => [await cached(content), await ask(content)][0], { timeout: 10_000 }).toBe(says);
  return { compiler, ask, cached, untilKept };
}

describe("similar answers in LevelDB", () => {
  it("are there after a restart, for their tenant", async () => {
    const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-similar-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const before = given(level(directory), "before");
    await before.untilKept(kept);
    await before.compiler.close();

    const after = given(level(directory), "after");

    await expect.poll(() => after.cached(again), { timeout: 10_000 }).toBe("before");
    expect(await after.cached(again, "globex")).toBe("PC_NOT_CACHED");
  });
});

describe.skipIf(url === undefined)("similar answers in Redis", () => {
  it("are shared by processes, and cleared for all of them within a second", async () => {
    const prefix = `{test-${randomUUID()}}:`;
    const [here, there] = ["here", "there"].map((says) => given(redis(url!, { prefix }), says));
    await here!.untilKept(kept);

    await expect.poll(() => there!.cached(again), { timeout: 10_000 }).toBe("here");
    await there!.compiler.cache.clear({ tenant: "acme" });

    await expect.poll(() => here!.cached(again), { timeout: 10_000 }).toBe("PC_NOT_CACHED");
  });
});
