import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type LogRecord, readRecords } from "../../src/audit/records.ts";

async function recordsOf(text: string, name = "a.jsonl") {
  const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-records-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, name), text);
  const records: LogRecord[] = [];
  for await (const record of readRecords(join(directory, name))) records.push(record);
  return records;
}

describe("readRecords", () => {
  it("gives a record for each line, wherever the file is cut into pieces", async () => {
    const long = { text: "ü".repeat(100_000) };
    const records = await recordsOf(`${JSON.stringify(long)}\r\n\n${JSON.stringify({ a: 2 })}`);

    expect(records.map(({ line, value }) => [line, value])).toEqual([
      [1, long],
      [3, { a: 2 }],
    ]);
    expect(records.at(-1)?.read).toBeGreaterThanOrEqual(200_000);
  });

  it("names the line that is no JSON, and goes on", async () => {
    const records = await recordsOf('{"a":1}\n{"a":\n{"a":3}\n');

    expect(records.map(({ line, reason }) => [line, reason])).toEqual([
      [1, undefined],
      [2, "not JSON"],
      [3, undefined],
    ]);
  });

  it("takes a .json file for one record, also behind a byte order mark", async () => {
    expect((await recordsOf("\uFEFF[\n1,\n2\n]", "a.json")).map(({ value }) => value)).toEqual([[1, 2]]);
  });
});
