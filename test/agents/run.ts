import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Agent, Place } from "./agent.ts";

export interface Outcome {
  /** The exit status; `null`: it did not end by itself. */
  readonly code: number | null;
  /** What it said to its user. */
  readonly said: string;
  /** What it said beside that. */
  readonly noted: string;
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "prompt-compiler-agent-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Runs an agent without a terminal, in `folder`, with a home and an environment of its own, until it ends. */
export async function runAgent(
  agent: Agent,
  program: string,
  folder: string,
  place: Omit<Place, "home">,
): Promise<Outcome> {
  const home = temporaryFolder();
  const { args, env = {}, files = {} } = agent.start({ ...place, home });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...isolated(home), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, since some programs only start another.
    detached: true,
  });
  onTestFinished(() => endGroup(child.pid));
  const said: Buffer[] = [];
  const noted: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => said.push(part));
  child.stderr.on("data", (part: Buffer) => noted.push(part));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, said: Buffer.concat(said).toString(), noted: Buffer.concat(noted).toString() };
}

/** Ends what is left of a group of processes: a test that gave up leaves no agent behind. */
function endGroup(id: number | undefined): void {
  if (id === undefined) return;
  try {
    process.kill(-id, "SIGKILL");
  } catch {
    // None is left.
  }
}

/** Nothing of the user's own, and no way out but to this machine. */
function isolated(home: string): Readonly<Record<string, string>> {
  const nowhere = "http://127.0.0.1:9";
  return {
    PATH: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
    HOME: home,
    TMPDIR: home,
    XDG_CONFIG_HOME: join(home, ".config"),
    XDG_DATA_HOME: join(home, ".local/share"),
    XDG_STATE_HOME: join(home, ".local/state"),
    XDG_CACHE_HOME: join(home, ".cache"),
    LANG: "C.UTF-8",
    NO_COLOR: "1",
    DO_NOT_TRACK: "1",
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    NO_PROXY: "127.0.0.1,localhost",
  };
}
