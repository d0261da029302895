import type { WireBody } from "../../wires/wire.ts";
import type { LoggedCall } from "../call.ts";

/** A format of logs, and how it is read. A record is a line of a JSONL file, or all of a JSON file. */
export interface LogReader {
  /** As it is named to the user: "claude-code". */
  readonly format: string;
  /** Whether a log with this record in it is of this format. */
  recognises(record: unknown): boolean;
  /** Begins a file. @param name - tells its conversations from those of other files, where the log itself does not */
  open(name: string): LogReading;
}

/** One file that is being read. */
export interface LogReading {
  /**
   * The calls that are known whole with this record.
   *
   * @throws BadRecord for a record that should be understood, and cannot be
   */
  push(record: unknown, line: number): readonly LoggedCall[];
  /** The calls that were known whole only when the file ended. */
  end(): readonly LoggedCall[];
}

/** A record that cannot be read; the message says why. */
export class BadRecord extends Error {
  static {
    Object.defineProperty(this.prototype, "name", { value: "BadRecord" });
  }
}

/** The record as an object. @throws BadRecord */
export function asObject(record: unknown): WireBody {
  if (typeof record === "object" && record !== null && !Array.isArray(record)) return record as WireBody;
  throw new BadRecord("not an object");
}

/** An ISO 8601 time in milliseconds. */
export function toTime(text: unknown): number | undefined {
  const time = typeof text === "string" ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
