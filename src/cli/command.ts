/** What a command of `prompt-compiler` is, and what it may touch. */

export interface Command {
  /** As typed: "serve", "config check". */
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** All of `--help`. */
  readonly help: string;
  /** @returns the exit code. @throws UsageError for what the user can put right */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** The outside of a command. */
export interface Terminal {
  /** Of this package. */
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  /** A line to standard output. */
  print(line: string): void;
  /** A line to standard error. */
  warn(line: string): void;
  /** Shows how far a command is, in place of what it showed before; "" takes it away. Nothing where nobody watches. */
  showProgress(text: string): void;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** Standard input line by line, as it comes. */
  readLines(): AsyncIterable<string>;
  /** Resolves when the process is asked to end (SIGTERM, SIGINT). */
  untilAskedToEnd(): Promise<void>;
  /** Calls `listener` each time the process is asked to read its configuration again (SIGHUP). */
  onAskedToReload(listener: () => void): void;
}

/** The user's mistake: the message is all there is to say, and the exit code is 2. */
export class UsageError extends Error {
  static {
    Object.defineProperty(this.prototype, "name", { value: "UsageError" });
  }
}

/** Runs what reads arguments and configuration: a mistake found there is the user's. */
export async function orUsageError<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isMistake = error instanceof TypeError || error instanceof RangeError;
    throw isMistake ? new UsageError(error.message, { cause: error }) : error;
  }
}
