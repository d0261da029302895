#!/usr/bin/env node
/**
 * `prompt-compiler`: the command line. Hands a command the terminal, and turns how it ends into an exit code: 0 done,
 * 1 failed, 2 the user's mistake, with a message that says what to put right.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { type Terminal, UsageError } from "./cli/command.ts";
import { run } from "./cli/run.ts";

const manifest: { readonly version: string } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

const terminal: Terminal = {
  version: manifest.version,
  env: process.env,
  directory: process.cwd(),
  print: (line) => console.log(line),
  warn: (line) => console.error(line),
  showProgress: (text) => void (process.stderr.isTTY && process.stderr.write(`\r\u001b[2K${text}`)),
  readInput: () => text(process.stdin),
  readLines: () => createInterface({ input: process.stdin }),
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
  onAskedToReload: (listener) => void process.on("SIGHUP", listener),
};

// A reader that has seen enough (`| head`) ends neither a report nor a server.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

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
