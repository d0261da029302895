import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completion } from "../chat-shapes.ts";
import { json, startUpstream, type Upstream } from "../upstream.ts";

const CLI = resolve(import.meta.dirname, "../../src/cli.ts");
const TSX = import.meta.resolve("tsx");
const LINES = 40;
const CONCURRENCY = 4;

describe("a batch whose process is killed", () => {
  let upstream: Upstream;
  const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-batch-"));
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterAll(async () => {
    await upstream.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const run = (...args: readonly string[]) => {
    const script = join(import.meta.dirname, "batch-process.ts");
    return spawn(process.execPath, ["--import", "tsx", script, directory, upstream.url, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  };
  /** Begins a batch whose calls hang after so many answers, and kills its process then. @returns its id */
  const beginAndKill = async (answers: number): Promise<string> => {
    const before = upstream.requests.length;
    upstream.reply(({ json: body }) =>
      upstream.requests.length - before <= answers
        ? json(completion(`re: ${body.messages[0].content}`))
        : "hang",
    );
    const child = run("begin", String(LINES));
    const printed = text(child.stdout);
    await upstream.untilRequests(before + answers + CONCURRENCY);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    return (await printed).trim();
  };

  const askedFor = ({ json: body }: Upstream["requests"][number]): string => body.messages[0].content;

  it("goes on where it stood: every line is in the output once, and at most those under way are asked again", async () => {
    const id = await beginAndKill(17);
    const askedBefore = upstream.requests.map(askedFor);

    upstream.reply(({ json: body }) => json(completion(`re: ${body.messages[0].content}`)));
    const output = await text(run("resume", id).stdout);

    const lines = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const texts = Array.from({ length: LINES }, (_, index) => `line ${index}`);
    expect(lines.map(({ custom_id }) => custom_id)).toEqual(texts);
    expect(lines.map(({ response }) => response.body.choices[0].message.content)).toEqual(
      texts.map((line) => `re: ${line}`),
    );
    const asked = upstream.requests.map(askedFor);
    const twice = texts.filter((line) => asked.filter((each) => each === line).length > 1);
    expect(asked).toHaveLength(LINES + twice.length);
    expect(askedBefore.slice(17)).toEqual(expect.arrayContaining(twice));
    expect(twice).toHaveLength(CONCURRENCY);
  });

  it("goes on with `serve`, without anyone asking", async () => {
    await beginAndKill(17);
    const before = upstream.requests.length;
    upstream.reply(json(completion("yes")));

    const served = spawn(process.execPath, ["--import", TSX, CLI, "serve", "--port", "0"], {
      cwd: directory,
      env: { PATH: process.env["PATH"], PC_DATA_DIR: directory, OPENAI_BASE_URL: `${upstream.url}/v1` },
      stdio: "ignore",
    });
    await upstream.untilRequests(before + LINES - 17);
    const ended = new Promise((resolve) => served.once("exit", resolve));
    served.kill("SIGTERM");
    await ended;

    expect(upstream.requests).toHaveLength(before + LINES - 17);
  });
});
