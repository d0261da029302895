import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { expect, it, onTestFinished } from "vitest";
import { level } from "../../src/storage/level.ts";
import { expectNoResidue } from "./residue.ts";

/** Every byte of every file of a database. */
function filesOf(directory: string): Buffer {
  return Buffer.concat(readdirSync(directory).map((name) => readFileSync(join(directory, name))));
}

/** Every key and value, as they are before LevelDB packs them: a word may be in its files in two pieces. */
async function rowsOf(directory: string): Promise<Buffer> {
  const database = new ClassicLevel<string, Buffer>(directory, { valueEncoding: "buffer" });
  const rows = await database.iterator().all();
  await database.close();
  return Buffer.concat(rows.flatMap(([key, value]) => [Buffer.from(key), value]));
}

/** Has LevelDB take out what was deleted, as it does by itself in time. */
async function compact(directory: string): Promise<void> {
  const database = new ClassicLevel(directory);
  await database.compactRange("", "\u{10ffff}");
  await database.close();
  // What it keeps for itself of the files before, it writes anew when it is opened.
  const again = new ClassicLevel(directory);
  await again.open();
  await again.close();
}

it("what a tenant said is in no byte of LevelDB's files once it is forgotten and they are compacted", async () => {
  const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-residue-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));

  await expectNoResidue({
    open: () => level(directory),
    raw: async () => {
      expect(filesOf(directory).includes("uokka"), "before compaction the words are in the files").toBe(true);
      await compact(directory);
      return Buffer.concat([await rowsOf(directory), filesOf(directory)]);
    },
  });
});
