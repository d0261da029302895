import { describe, expect, it } from "vitest";
import { OpenOnce } from "../../src/storage/open-once.ts";

describe("OpenOnce", () => {
  it("opens at the first use, once for uses that meet", async () => {
    const { life, log } = openable();
    expect(log).toEqual([]);

    await Promise.all([life.use(async () => log.push("use")), life.use(async () => log.push("use"))]);

    expect(log).toEqual(["open", "use", "use"]);
  });

  it("tries again at the next use after it could not open", async () => {
    let locked = true;
    const { life, log } = openable(() => {
      if (locked) throw new Error("locked");
    });

    await expect(Promise.all([life.use(async () => 1), life.use(async () => 2)])).rejects.toThrow("locked");
    locked = false;

    await expect(life.use(async () => 3)).resolves.toBe(3);
    expect(log).toEqual(["open", "open"]);
  });

  it("waits for the uses under way before it closes, and closes once", async () => {
    const { life, log } = openable();
    let finish = (): void => {};
    const use = life.use(() => new Promise<void>((resolve) => (finish = resolve)));
    await new Promise((resolve) => setImmediate(resolve));

    const closing = Promise.all([life.close(), life.close()]);
    expect(log).toEqual(["open"]);
    finish();
    await Promise.all([use, closing]);

    expect(log).toEqual(["open", "close"]);
  });

  it("never opens what was closed before its first use", async () => {
    const { life, log } = openable();

    await life.close();

    await expect(life.use(async () => 1)).rejects.toThrow("closed");
    expect(log).toEqual([]);
  });

  it("closes calmly after it could not open", async () => {
    const { life } = openable(() => {
      throw new Error("locked");
    });
    const use = life.use(async () => 1);

    await expect(life.close()).resolves.toBeUndefined();
    await expect(use).rejects.toThrow("locked");
  });
});

function openable(check: () => void = () => {}) {
  const log: string[] = [];
  const life = new OpenOnce({
    open: async () => {
      log.push("open");
      check();
    },
    close: async () => void log.push("close"),
    toClosedError: () => new Error("closed"),
  });
  return { life, log };
}
