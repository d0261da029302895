import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Agent } from "./agent.ts";

const CACHE = resolve(import.meta.dirname, "../../.cache/agents");
const INSTALL_MS = 300_000;

/**
 * The agent's program, installed into `.cache/agents` where it is not there yet: some are hundreds of megabytes, and none is
 * a dependency of ours. Where that fails, the reason is printed and there is none.
 */
export function install(agent: Agent): string | undefined {
  const folder = join(CACHE, `${agent.command}-${agent.version}`);
  const program = join(folder, "node_modules/.bin", agent.command);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const args = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
  try {
    execFileSync("npm", [...args, `${agent.package}@${agent.version}`], {
      cwd: folder,
      stdio: "pipe",
      timeout: INSTALL_MS,
    });
    return program;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\n!!! ${agent.name} cannot be installed, its tests are SKIPPED: ${why}\n\n`);
    return undefined;
  }
}
