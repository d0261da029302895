import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPromptCompiler, level, redis, type Storage } from "../../../src/index.ts";
import { responseCache, scripted } from "../../../src/scheduler/index.ts";

const ask = (content: string) => ({ messages: [{ role: "user", content }], temperature: 0 });
const url = process.env["PC_TEST_REDIS_URL"];

/** A process, as far as a storage can tell, whose upstream says `says`. */
function given(storage: Storage, says: string) {
  const outcomes: string[] = [];
  const compiler = createPromptCompiler({
    deployments: [{ id: "up", model: "m", provider: scripted([says]) }],
    cache: responseCache(),
    storage,
    onEvent: (event) => event.type === "call-end" && void outcomes.push(event.cache),
  });
  const answer = async (content = "Hi"): Promise<unknown> =>
    (await compiler.chat(ask(content))).choices[0]?.message.content;
  /** Asks something else until that is kept: a call does not wait for a database that is being opened. */
  const untilOpen = (content: string) =>
    expect.poll(() => answer(content).then(() => outcomes.at(-1)), { timeout: 5_000 }).toBe("hit");
  return { compiler, answer, untilOpen };
}

describe("cached answers in LevelDB", () => {
  it("are there after a restart", async () => {
    const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-cache-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const before = given(level(directory), "before");
    await before.untilOpen("first");
    await before.answer();
    await before.compiler.close();

    const after = given(level(directory), "after");
    onTestFinished(() => after.compiler.close());

    await after.untilOpen("second");
    expect(await after.answer()).toBe("before");
  });
});

describe.skipIf(url === undefined)("cached answers in Redis", () => {
  it("are shared by processes, and cleared for all of them within a second", async () => {
    const prefix = `${randomUUID()}:`;
    const [here, there] = ["here", "there"].map((says) => given(redis(url!, { prefix }), says));
    onTestFinished(() =>
      Promise.all([here!.compiler.close(), there!.compiler.close()]).then(() => undefined),
    );

    await here!.untilOpen("first");
    await there!.untilOpen("second");
    await here!.answer();
    const cached = () => there!.compiler.chat(ask("Hi"), { cache: "only-if-cached" }).catch(() => undefined);
    await expect
      .poll(async () => (await cached())?.choices[0]?.message.content, { timeout: 2_000 })
      .toBe("here");
    await there!.compiler.cache.clear();

    await expect
      .poll(() => here!.compiler.chat(ask("Hi"), { cache: "only-if-cached" }).catch((error) => error.code), {
        timeout: 3_000,
      })
      .toBe("PC_NOT_CACHED");
  });
});
