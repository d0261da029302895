/**
 * The records of a log: each line of a file, or all of a `.json` file. A file is read a piece at a time, and one line of it
 * is held at a time, which may be so long and no longer.
 */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";

/** Characters of a line, and of a whole `.json` file: what is longer is not read. */
const LONGEST = 256 * 1024 * 1024;

export interface LogRecord {
  /** From 1. */
  readonly line: number;
  /** What it says; `undefined`: it could not be read. */
  readonly value: unknown;
  /** Why it could not be read. */
  readonly reason?: string | undefined;
  /** Bytes of the file up to here, and of all of it. */
  readonly read: number;
  readonly size: number;
}

/** @throws the error of the file system */
export async function* readRecords(path: string): AsyncGenerator<LogRecord> {
  const { size } = await stat(path);
  if (path.endsWith(".json")) {
    const text = size > LONGEST ? undefined : await readFile(path, "utf8");
    yield { line: 1, ...parse(text), read: size, size };
    return;
  }
  let line = 0;
  let read = 0;
  for await (const { text, bytes } of readLines(path)) {
    line += 1;
    read += bytes;
    if (text?.trim() !== "") yield { line, ...parse(text), read, size };
  }
}

/** Lines without their ends; without a text where one was too long. */
async function* readLines(path: string): AsyncGenerator<{ text: string | undefined; bytes: number }> {
  let pieces: string[] = [];
  let length = 0;
  const take = (last: string): { text: string | undefined; bytes: number } => {
    const whole = length + last.length > LONGEST ? undefined : pieces.join("") + last;
    const bytes = Buffer.byteLength(whole ?? "") + 1 + (whole === undefined ? length + last.length : 0);
    pieces = [];
    length = 0;
    return { text: whole, bytes };
  };
  for await (const chunk of createReadStream(path, { encoding: "utf8" }) as AsyncIterable<string>) {
    const parts = chunk.split("\n");
    const rest = parts.pop() ?? "";
    for (const part of parts) yield take(part);
    length += rest.length;
    if (length <= LONGEST) pieces.push(rest);
    else pieces = [];
  }
  if (length > 0) yield take("");
}

function parse(text: string | undefined): Pick<LogRecord, "value" | "reason"> {
  if (text === undefined) return { value: undefined, reason: "too long" };
  try {
    // Windows tools begin a file with a byte order mark.
    return { value: JSON.parse(text.replace(/^\uFEFF/, "")) };
  } catch {
    return { value: undefined, reason: "not JSON" };
  }
}
