/**
 * A process of its own that shares a Redis. Says "ready"; told to go, it makes 20 equal calls at once and says "asked";
 * when all are through it prints what came of them and ends.
 *
 *     node --import tsx test/scheduler/asking-process.ts <address of Redis> <prefix> <address of the upstream>
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { createPromptCompiler } from "../../src/index.ts";
import { openaiCompatible, redisState } from "../../src/scheduler/index.ts";

const [address = "", prefix = "", baseURL = ""] = process.argv.slice(2);
const say = (what: unknown): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

const state = redisState(address, { prefix });
// Without a connection a call would not wait for one, and run on its own.
while ((await state.takePart?.(randomUUID())) === undefined) await delay(50);

const outcomes: string[] = [];
const compiler = createPromptCompiler({
  deployments: [{ id: "up", model: "m", provider: openaiCompatible({ baseURL, apiKey: "test-key" }) }],
  state,
  singleFlight: true,
  onEvent: (event) => event.type === "call-end" && void outcomes.push(event.cache),
});

say("ready");
await once(process.stdin, "data");
const request = { model: "m", messages: [{ role: "user", content: "Hi" }], temperature: 0 };
const calls = Array.from({ length: 20 }, () => compiler.chat(request));
say("asked");
const answers = (await Promise.all(calls)).map(({ choices }) => choices[0]?.message.content);
say({ answers, outcomes });
await compiler.close();
process.stdin.destroy();
