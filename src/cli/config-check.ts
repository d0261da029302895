import { parseCompilerOptions, resolveDefaultOptions } from "../config.ts";
import { parseArguments } from "./arguments.ts";
import { type Command, orUsageError } from "./command.ts";
import { describeSettings } from "./settings.ts";
import { toTable } from "./table.ts";

/** Reads the configuration as `serve` would, says what it comes to, and starts nothing. */
export const configCheck: Command = {
  name: "config check",
  summary: "say what the environment and the config file come to",
  help: `Usage: prompt-compiler config check

Reads the environment and prompt-compiler.config.{json,mjs,js} of this directory as
"serve" would, and prints what they come to. Starts nothing and opens no storage.
Keys are not printed. Exits with 2 and the reason if something in them is wrong.`,

  async run(args, { env, directory, print, warn }) {
    const options = await orUsageError(async () => {
      parseArguments("config check", { args: [...args], options: {} });
      const resolved = await resolveDefaultOptions(env, directory);
      parseCompilerOptions(resolved.compiler, resolved.configFile ?? "environment");
      return resolved;
    });
    for (const line of toTable(describeSettings(options))) print(line);
    for (const note of options.notes) warn(`note: ${note}`);
    return 0;
  },
};
