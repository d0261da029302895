import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completion } from "../chat-shapes.ts";
import { json, startUpstream, type Upstream } from "../upstream.ts";

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
  const askedFor = ({ json: body }: Upstream["requests"][number]): string => body.messages[0].content;

  it("goes on where it stood: every line is in the output once, and at most those under way are asked again", async () => {
    // From the eighteenth on nobody is answered: so many lines have ended, and four are under way.
    upstream.reply(({ json: body }) =>
      upstream.requests.length <= 17 ? json(completion(`re: ${body.messages[0].content}`)) : "hang",
    );
    const first = run("begin", String(LINES));
    const printed = text(first.stdout);
    await upstream.untilRequests(17 + CONCURRENCY);
    const ended = new Promise((resolve) => first.once("exit", resolve));
    first.kill("SIGKILL");
    await ended;
    const askedBefore = upstream.requests.map(askedFor);

    upstream.reply(({ json: body }) => json(completion(`re: ${body.messages[0].content}`)));
    const output = await text(run("resume", (await printed).trim()).stdout);

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
});
