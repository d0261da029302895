import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { build } from "tsup";
import { expect } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { callerOf } from "../../src/core/sharing/access.ts";
import { createGrantStore } from "../../src/core/sharing/grants.ts";
import type { ContextItem } from "../../src/core/sharing/item.ts";
import { createItemStore } from "../../src/core/sharing/item-store.ts";
import { level } from "../../src/storage/level.ts";
import { seededRandom } from "../seeded-random.ts";
import { entriesOf, FORGOTTEN_AFTER, WRITER } from "./written-entries.ts";

/** A check reads all that is stored: it is made after so many kills, and at the end. */
const KILLS_A_CHECK = 20;

/**
 * Kills a writing process (SIGKILL: nothing gets to say goodbye) `kills` times at points drawn from `seed`, each time
 * on the directory that the one before left, of which LevelDB makes another file to be merged with the others, and checks
 * that
 *
 * - every acknowledged put is there, with all its items, whole, unless it was forgotten;
 * - nothing is there of a put whose forgetting was acknowledged;
 * - no put, acknowledged or not, is there by half: of three items all or none, in every table.
 */
export async function killDuringWrites({ kills, seed }: { kills: number; seed: number }): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-kill-"));
  const data = join(directory, "data");
  const random = seededRandom(seed);
  const acknowledged = new Map<number, readonly string[]>();
  try {
    const writer = await buildWriter(directory);
    for (let kill = 1; kill <= kills; kill++) {
      const next = Math.max(-1, ...acknowledged.keys()) + 1;
      const lines = 1 + Math.floor(random() * 8);
      for (const [number, ...ids] of await writeUntilKilled(
        [writer, data, String(next)],
        lines,
        random() * 8,
      )) {
        acknowledged.set(number, ids);
      }
      if (kill % KILLS_A_CHECK === 0 || kill === kills) await check(data, acknowledged);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The writer in one file that Node starts at once. @returns its path */
async function buildWriter(directory: string): Promise<string> {
  await build({
    config: false,
    entry: [join(import.meta.dirname, "context-writer.ts")],
    outDir: directory,
    format: "cjs",
    external: ["classic-level"],
    noExternal: [/^(?!classic-level$)/],
    silent: true,
  });
  symlinkSync(resolve("node_modules"), join(directory, "node_modules"));
  return join(directory, "context-writer.cjs");
}

/** The number of a put and its ids; no ids: it is forgotten. */
type Acknowledgement = readonly [number: number, ...ids: string[]];

/** Lets the writer run until it has acknowledged so much, and a few milliseconds more: in the middle of a write. */
async function writeUntilKilled(
  args: readonly string[],
  acknowledgements: number,
  moreMs: number,
): Promise<readonly Acknowledgement[]> {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const seen: Acknowledgement[] = [];
  for await (const line of createInterface(child.stdout)) {
    seen.push(JSON.parse(line));
    if (seen.length === acknowledgements) setTimeout(() => child.kill("SIGKILL"), moreMs);
  }
  await ended;
  expect(child.signalCode, "the writer ended by itself").toBe("SIGKILL");
  return seen;
}

async function check(directory: string, acknowledged: ReadonlyMap<number, readonly string[]>): Promise<void> {
  const storage = level(directory);
  const items = createItemStore(storage, systemClock, createGrantStore(storage, systemClock));
  const found = new Map<string, ContextItem>();
  const keysOfItems: string[] = [];
  for await (const { item, removal } of items.owned(WRITER)) {
    found.set(item.id, item);
    keysOfItems.push(...(await removal()).map(({ key }) => key));
  }
  const keys: string[] = [];
  for await (const [key] of storage.range({ start: "", end: "\u{10ffff}" })) keys.push(key);
  const callers = [undefined, "trip"].map((group) => callerOf({ ...WRITER, group, share: "read" }));
  const pages = await Promise.all(callers.map((caller) => items.page(caller, { limit: 1_000_000 })));
  const readable = pages.flatMap((page) => page.items);
  await storage.close();

  const contents = new Set([...found.values()].map(({ content }) => content));
  for (const [number, ids] of acknowledged) {
    const expected = entriesOf(number).map(({ content }) => content);
    if (ids.length === 0) {
      expect(
        expected.filter((content) => contents.has(content)),
        `forgotten put ${number}`,
      ).toEqual([]);
      continue;
    }
    // A put whose forgetting was under way may be gone; then all of it is.
    if (!contents.has(expected[0] ?? "")) {
      expect(acknowledged.has(number + FORGOTTEN_AFTER), `acknowledged put ${number} is lost`).toBe(true);
      continue;
    }
    expect(
      ids.map((id) => found.get(id)?.content),
      `acknowledged put ${number}`,
    ).toEqual(expected);
  }
  for (const content of contents) {
    const number = Number(/^put (\d+) /.exec(content)?.[1]);
    for (const entry of entriesOf(number)) expect(contents.has(entry.content), `put ${number}`).toBe(true);
  }
  expect(new Set(readable.map(({ id }) => id)), "what can be read").toEqual(new Set(found.keys()));
  expect(new Set(keys), "rows: of each item its own, its place, its owner's and its words'").toEqual(
    new Set(keysOfItems),
  );
}
