import { aiSdk } from "./ai-sdk.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { openai } from "./openai.ts";
import type { LogReader } from "./reader.ts";

/** Formats of logs, the most particular first. */
const READERS: readonly LogReader[] = [claudeCode, codex, aiSdk, openai];

/** Who reads a log that has this record; `undefined`: nobody. */
export function readerFor(record: unknown): LogReader | undefined {
  return READERS.find((reader) => reader.recognises(record));
}

export const FORMATS: readonly string[] = READERS.map(({ format }) => format);
