/** The commands, the help over all of them, and which one is meant. */

import { environmentVariables } from "../config/variables.ts";
import { nearestName } from "../nearest-name.ts";
import { audit } from "./audit.ts";
import { type Command, type Terminal, UsageError } from "./command.ts";
import { compile } from "./compile.ts";
import { configCheck } from "./config-check.ts";
import { context } from "./context/context.ts";
import { serve } from "./serve.ts";
import { toTable } from "./table.ts";

const commands: readonly Command[] = [serve, compile, audit, context, configCheck];

/** Runs what the arguments ask for. @returns the exit code. @throws UsageError for what the user can put right */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first] = args;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    terminal.print(overview(terminal.version));
    return 0;
  }
  if (first === "--version" || first === "-v") {
    terminal.print(terminal.version);
    return 0;
  }
  const command = commands.find(({ name }) => `${args.join(" ")} `.startsWith(`${name} `));
  if (command === undefined) {
    throw new UsageError(
      `unknown command ${JSON.stringify(first)}${suggestion(args)}; see prompt-compiler --help`,
    );
  }
  const rest = args.slice(command.name.split(" ").length);
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.print(command.help);
    return 0;
  }
  return command.run(rest, terminal);
}

function overview(version: string): string {
  return `prompt-compiler ${version}: fits each call's context into a token budget and schedules it over your models.

Usage: prompt-compiler <command> [options]

Commands:
${indented(commands.map(({ name, summary }) => [name, summary]))}

"prompt-compiler <command> --help" says more of each.

Environment, over prompt-compiler.config.{json,mjs,js} of the working directory:
${indented(Object.entries(environmentVariables))}

Start here:
  prompt-compiler serve`;
}

function indented(rows: readonly (readonly string[])[]): string {
  return toTable(rows)
    .map((line) => `  ${line}`)
    .join("\n");
}

function suggestion([first = "", second = ""]: readonly string[]): string {
  const names = commands.map(({ name }) => name);
  const meant =
    nearestName(`${first} ${second}`, names) ?? names.find((name) => name.startsWith(`${first} `));
  return meant === undefined ? "" : `, did you mean "${meant}"?`;
}
