import type { LoggedCall } from "../../../src/audit/call.ts";
import type { LogReader } from "../../../src/audit/readers/reader.ts";

/** All calls that a log tells of, from its lines. */
export function readAll(reader: LogReader, lines: readonly unknown[]): readonly LoggedCall[] {
  const reading = reader.open("a.jsonl");
  const calls = lines.flatMap((line, index) =>
    reading.push(typeof line === "string" ? JSON.parse(line) : line, index + 1),
  );
  return [...calls, ...reading.end()];
}
