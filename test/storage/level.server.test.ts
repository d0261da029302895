import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { describe, expect, it, onTestFinished } from "vitest";
import { level } from "../../src/storage/level.ts";
import { describeStorage } from "../contracts/storage.ts";
import { FakeClock } from "../fake-clock.ts";

describeStorage("level", {
  create: async () => {
    const clock = new FakeClock();
    const parent = mkdtempSync(join(tmpdir(), "prompt-compiler-level-"));
    const directory = join(parent, "data");
    const storage = level(directory, { clock });
    return {
      storage,
      advance: (ms) => clock.advance(ms),
      reopen: () => level(directory, { clock }),
      isOpen: () => existsSync(directory),
      kept: async () => {
        await storage.close();
        const database = new ClassicLevel(directory);
        const keys = await database.keys().all();
        await database.close();
        return keys.length;
      },
      dispose: async () => rmSync(parent, { recursive: true, force: true }),
    };
  },
});

describe("level", () => {
  it.each([[undefined], [""], [5]])("refuses %j for a directory, at once", (directory) => {
    expect(() => level(directory as never)).toThrow("level: directory must be a path, got");
  });

  it("names the directory and what to set when another has it open, and tries again at the next operation", async () => {
    const directory = temporaryDirectory();
    const holder = level(directory);
    const waiting = level(directory);
    onTestFinished(() => waiting.close());
    await holder.batch([{ type: "put", key: "a", value: Buffer.from("1") }]);

    await expect(waiting.get("a")).rejects.toMatchObject({
      code: "PC_STORAGE_UNAVAILABLE",
      message: expect.stringMatching(new RegExp(`${directory}.*in use.*PC_DATA_DIR.*REDIS_URL`)),
    });
    await holder.close();

    expect(Buffer.from((await waiting.get("a"))!).toString()).toBe("1");
  });

  it("names the directory and what to set when it cannot be written, and tries again at the next operation", async () => {
    // A file in the way: root may write to any directory, so taking the permission away would prove nothing.
    const inTheWay = join(temporaryDirectory(), "data");
    writeFileSync(inTheWay, "");
    const storage = level(inTheWay);
    onTestFinished(() => storage.close());

    await expect(storage.batch([])).rejects.toMatchObject({
      code: "PC_STORAGE_UNAVAILABLE",
      message: expect.stringMatching(new RegExp(`${inTheWay}.*cannot be opened.*PC_DATA_DIR.*REDIS_URL`)),
    });
    rmSync(inTheWay);
    mkdirSync(inTheWay);

    await expect(storage.get("a")).resolves.toBeUndefined();
  });

  it("opens once for operations that come at the same time", async () => {
    const storage = level(temporaryDirectory());
    onTestFinished(() => storage.close());

    await expect(Promise.all([storage.get("a"), storage.batch([]), storage.get("b")])).resolves.toBeDefined();
  });
});

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-level-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
