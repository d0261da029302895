#!/usr/bin/env node
/**
 * `prompt-compiler`: the command line. Finds the command, hands it the terminal, and turns how it ends into an exit
 * code: 0 done, 1 failed, 2 the user's mistake, with a message that says what to put right.
 */
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { type Command, type Terminal, UsageError } from "./cli/command.ts";
import { compile } from "./cli/compile.ts";
import { configCheck } from "./cli/config-check.ts";
import { serve } from "./cli/serve.ts";
import { toTable } from "./cli/table.ts";
import { nearestName } from "./config/nearest-name.ts";
import { environmentVariables } from "./config.ts";

const commands: readonly Command[] = [serve, compile, configCheck];

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first] = args;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    terminal.print(overview());
    return 0;
  }
  if (first === "--version" || first === "-v") {
    terminal.print(version());
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

function overview(): string {
  return `prompt-compiler ${version()}: fits each call's context into a token budget and schedules it over your models.

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

function suggestion(args: readonly string[]): string {
  const names = commands.map(({ name }) => name);
  const meant = nearestName(args.slice(0, 2).join(" "), names) ?? nearestName(args[0] ?? "", names);
  return meant === undefined ? "" : `, did you mean "${meant}"?`;
}

function version(): string {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  return manifest.version;
}

const terminal: Terminal = {
  env: process.env,
  directory: process.cwd(),
  print: (line) => console.log(line),
  warn: (line) => console.error(line),
  readInput: () => text(process.stdin),
  untilAskedToEnd: () =>
    new Promise((resolve) => {
      let asked = false;
      const ask = (): void => {
        if (asked) process.exit(130);
        asked = true;
        resolve();
      };
      process.on("SIGTERM", ask);
      process.on("SIGINT", ask);
    }),
};

run(process.argv.slice(2), terminal).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const isUsers = error instanceof UsageError;
    console.error(isUsers ? `prompt-compiler: ${error.message}` : error);
    process.exitCode = isUsers ? 2 : 1;
  },
);
