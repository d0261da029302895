import { type DefaultOptions, toChanges } from "../config.ts";
import type { PromptCompiler } from "../prompt-compiler.ts";
import type { EventListener } from "../telemetry.ts";
import { orUsageError, type Terminal, UsageError } from "./command.ts";

/**
 * Reads the configuration again while a server runs.
 *
 *     read ──▶ the compiler takes it: said, with what came, went and stayed
 *       │ a mistake
 *       └────▶ said; the configuration that is in use goes on
 *
 * What cannot change in a running server stays as it is until the next start.
 */
export class Reload {
  readonly #terminal: Pick<Terminal, "print" | "warn">;
  readonly #read: (earlier: DefaultOptions) => Promise<DefaultOptions>;
  #inUse: DefaultOptions;
  #next: DefaultOptions;

  /** @param read - reads the configuration; what is described as in the earlier one is taken from there */
  constructor(
    terminal: Pick<Terminal, "print" | "warn">,
    inUse: DefaultOptions,
    read: (earlier: DefaultOptions) => Promise<DefaultOptions>,
  ) {
    this.#terminal = terminal;
    this.#inUse = inUse;
    this.#next = inUse;
    this.#read = read;
  }

  /** Hears that the compiler has taken what was read, before the calls of before have ended. */
  readonly onEvent: EventListener = (event) => {
    if (event.type !== "reconfigured") return;
    this.#inUse = this.#next;
    const { added, removed, kept } = event;
    const groups = Object.entries({ added, removed, kept }).filter(([, ids]) => ids.length > 0);
    const said = groups.map(([what, ids]) => `${what} ${ids.join(", ")}`).join("; ");
    this.#terminal.print(`configuration read again: ${said}`);
    for (const note of this.#inUse.notes) this.#terminal.warn(`note: ${note}`);
  };

  /** Resolves when the calls of before have ended. Never rejects. */
  async run(compiler: PromptCompiler): Promise<void> {
    try {
      await orUsageError(async () => {
        this.#next = await this.#read(this.#inUse);
        await compiler.reconfigure(toChanges(this.#next.compiler));
      });
    } catch (error) {
      const fact = error instanceof UsageError ? error.message : String(error);
      this.#terminal.warn(`the configuration stays as it was: ${fact}`);
    }
  }
}
