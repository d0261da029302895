import { describe, expect, it } from "vitest";
import { GroupCommit } from "../../src/storage/group-commit.ts";
import type { StorageOperation } from "../../src/storage/storage.ts";

const put = (key: string, value: string): StorageOperation => ({
  type: "put",
  key,
  value: Buffer.from(value),
});

describe("GroupCommit", () => {
  it("makes writes that wait at the same time durable in one commit", async () => {
    const { commits, groups, finish } = slowDisk();

    const first = commits.write([put("a", "1")]);
    const waiting = [commits.write([put("b", "1")]), commits.write([put("c", "1"), put("b", "2")])];
    await finish();
    await first;
    await finish();
    await Promise.all(waiting);

    expect(groups).toEqual([["a=1"], ["b=2", "c=1"]]);
  });

  it("decides a condition on what the writes before it in the group leave", async () => {
    const { commits, finish } = slowDisk();

    const busy = commits.write([put("a", "0")]);
    const waiting = [
      commits.write([put("x", "1")], { key: "x", expected: undefined }),
      commits.write([put("x", "2")], { key: "x", expected: undefined }),
      commits.write([put("x", "3")], { key: "x", expected: Buffer.from("1") }),
      commits.write([{ type: "delete", key: "x" }]),
      commits.write([put("x", "4")], { key: "x", expected: undefined }),
    ];
    await finish();
    await busy;
    await finish();

    expect(await Promise.all(waiting)).toEqual([true, false, true, true, true]);
  });

  it("commits nothing where no condition holds", async () => {
    const { commits, groups } = slowDisk();

    const applied = await commits.write([put("x", "1")], { key: "x", expected: Buffer.from("other") });

    expect(applied).toBe(false);
    expect(groups).toEqual([]);
  });

  it("rejects every write of a commit that fails, and goes on with the next group", async () => {
    let full = true;
    const commits = new GroupCommit({
      read: async () => undefined,
      commit: async () => {
        if (full) throw new Error("disk full");
      },
    });

    const failed = await Promise.allSettled([commits.write([put("a", "1")]), commits.write([put("b", "1")])]);
    full = false;

    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(commits.write([put("c", "1")])).resolves.toBe(true);
  });
});

/** A disk that commits when told to. */
function slowDisk() {
  const groups: string[][] = [];
  const pending: (() => void)[] = [];
  const commits = new GroupCommit({
    read: async () => undefined,
    commit: (operations) => {
      groups.push(
        operations
          .map((one) => `${one.key}=${one.type === "put" ? Buffer.from(one.value) : "deleted"}`)
          .sort(),
      );
      return new Promise((resolve) => pending.push(resolve));
    },
  });
  const finish = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    pending.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { commits, groups, finish };
}
