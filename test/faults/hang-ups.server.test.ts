/**
 * Many calls at once through a real server to upstreams that fail in every way there is, by clients that hang up at any
 * moment. Whatever happens, nothing is thrown where nobody listens, and nothing stays under way.
 */
import { request as connect } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PromptCompilerEvent } from "../../src/index.ts";
import { type Deployment, openaiCompatible, roundRobin } from "../../src/scheduler/index.ts";
import { chunk, chunksOf, completion } from "../chat-shapes.ts";
import { type RunningApp, startApp } from "../host-app.ts";
import { failure, json, startUpstream, stream, type Upstream, type UpstreamAnswer } from "../upstream.ts";

const CALLS = 100;
const LONGEST_PATIENCE = 25;

/** The same numbers at every run (Park and Miller's generator). */
function seededRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

const faults: readonly UpstreamAnswer[] = [
  json(completion("hello")),
  stream(chunksOf("hello there, whoever you are")),
  "hang",
  "reset",
  "cut",
  failure(500),
  failure(429, {}, { "retry-after": "0" }),
  failure(400),
  { status: 200, headers: { "content-type": "application/json" }, body: '{"choices":[', ending: "cut" },
  { status: 302, headers: { location: "http://127.0.0.1:1/" } },
  { headers: { "content-type": "application/json", "content-encoding": "gzip" }, body: "not gzip" },
  { headers: { "content-encoding": "gzip" }, body: gzipSync("{}").subarray(0, 12), ending: "reset" },
  { headers: { "content-type": "text/html" }, body: "<html>" },
  stream([chunk({ role: "assistant", content: "" })], { ending: "stall" }),
  stream(chunksOf("cut in the middle").slice(0, 2), { ending: "cut" }),
  stream(chunksOf("reset in the middle").slice(0, 2), { ending: "reset" }),
  stream(chunksOf("stalls in the middle").slice(0, 2), { ending: "stall" }),
  stream([chunk({ content: "and then" }), "no JSON", { error: { message: "late", code: "x" } }]),
];

describe("hang-ups and failures at any moment", () => {
  const upstreams: Upstream[] = [];
  const deployments = new Set<Deployment>();
  const unheard: unknown[] = [];
  const counts = { started: 0, ended: 0 };
  const hear = (error: unknown): void => void unheard.push(error);
  let app: RunningApp;

  beforeAll(async () => {
    process.on("unhandledRejection", hear);
    process.on("uncaughtException", hear);
    const random = seededRandom(20_261_124);
    for (const _ of [1, 2]) {
      const upstream = await startUpstream();
      upstream.reply(() => faults[random(faults.length)] ?? "cut");
      upstreams.push(upstream);
    }
    const strategy = roundRobin();
    app = await startApp({
      deployments: upstreams.map(({ url }, index) => ({
        id: `up-${index}`,
        model: "m",
        provider: openaiCompatible({ baseURL: `${url}/v1`, connections: 64 }),
      })),
      retry: { baseMs: 1, maxMs: 20 },
      strategy: {
        name: "watched",
        pick(eligible) {
          for (const deployment of eligible) deployments.add(deployment);
          return strategy.pick(eligible);
        },
      },
      onEvent(event: PromptCompilerEvent) {
        if (event.type === "call-start") counts.started += 1;
        if (event.type === "call-end") counts.ended += 1;
      },
      keepAliveAfterMs: 2,
    });
  });
  afterAll(async () => {
    await app.close();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
    process.off("unhandledRejection", hear);
    process.off("uncaughtException", hear);
  });

  /** Calls, and hangs up after so many turns of the event loop: in the head, in the body, in the answer, or behind it. */
  const callAndHangUp = async (number: number, patience: number, isStream: boolean): Promise<void> => {
    const body = JSON.stringify({
      model: "m",
      messages: [{ role: "user", content: `call ${number}` }],
      stream: isStream,
    });
    const call = connect(`${app.url}/pc/g/agent-${number % 7}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": body.length },
      agent: false,
    });
    const over = new Promise<void>((resolve) => call.once("close", resolve));
    call.on("error", () => undefined);
    call.on("response", (response) => {
      response.on("error", () => undefined);
      if (number % 3 > 0) response.resume();
    });
    call.write(body.slice(0, 20));
    for (let turn = 0; turn < patience; turn++) {
      if (turn === patience >> 2) call.end(body.slice(20));
      await nextTurn();
    }
    call.destroy();
    await over;
  };

  it("throw nothing where nobody listens, and leave nothing under way", async () => {
    const random = seededRandom(7);

    const calls = Array.from({ length: CALLS }, (_value, number) =>
      callAndHangUp(number, random(LONGEST_PATIENCE) ** 2, random(2) === 0),
    );
    await Promise.all(calls);
    const underWay = () => [...deployments].reduce((sum, { inFlight }) => sum + inFlight, 0);
    while (underWay() > 0 || counts.ended < counts.started) await nextTurn();

    expect(counts.started).toBeGreaterThan(CALLS / 2);
    expect(deployments.size).toBe(2);
    expect(unheard).toEqual([]);
  }, 60_000);
});
