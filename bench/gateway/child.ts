import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

/** What a process has used so far. */
export interface Used {
  /** User and system time of the process, in microseconds. */
  readonly cpuMicros: number;
  readonly residentBytes: number;
}

/** A server in a process of its own. */
export interface Child {
  readonly origin: string;
  used(): Promise<Used>;
  stop(): void;
}

/** Starts a file of this folder, and waits until it listens. */
export async function startChild(file: string, ...args: readonly string[]): Promise<Child> {
  const child = fork(resolve(import.meta.dirname, file), args, { execArgv: ["--import", "tsx"] });
  const port = await nextMessage<number>(child);
  return {
    origin: `http://127.0.0.1:${port}`,
    used() {
      const answer = nextMessage<Used>(child);
      child.send("used");
      return answer;
    },
    stop: () => void child.kill(),
  };
}

async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const leaving = new AbortController();
  const exited = once(child, "exit", { signal: leaving.signal }).then(() => {
    throw new Error("a server of the benchmark ended before it was asked to");
  });
  const said = once(child, "message", { signal: leaving.signal }).then(([message]) => message as T);
  const left = exited.catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error;
  });
  try {
    return await Promise.race([said, exited]);
  } finally {
    leaving.abort();
    await left;
  }
}
