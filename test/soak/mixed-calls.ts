/**
 * Makes thousands of calls of every kind through one compiler, and prints after each round how much memory is left in
 * use once all rubbish is collected: one number of bytes a line. Run with `--expose-gc`.
 *
 *     tsx mixed-calls.ts <rounds> <calls a round>
 */
import { createPromptCompiler } from "../../src/index.ts";
import { responseCache, semanticCache } from "../../src/scheduler/index.ts";
import {
  answers,
  FakeUpstream,
  fails,
  finished,
  said,
  streams,
  type Turn,
} from "../scheduler/fake-upstream.ts";
import { failure } from "../scheduler/given.ts";

const [rounds, callsEach] = process.argv.slice(2).map(Number) as [number, number];

/** Well, mostly; refuses, breaks off in the middle and stalls now and then. */
const turns: readonly Turn[] = [
  answers("yes"),
  answers("no"),
  streams([said("half")], failure("network")),
  streams([said("half")], [{ data: "{" }], [finished], [{ data: "[DONE]" }]),
  fails(() => failure("server-error", { status: 500 })),
  fails(() => failure("invalid-request", { status: 400 })),
  streams([said("half")], "stall"),
];

function unreliable(): FakeUpstream {
  let attempts = 0;
  const upstream = new FakeUpstream((attempt) => {
    attempts += 1;
    // The test's own memory of what was asked would be the only thing that grows.
    upstream.attempts.length = 0;
    return turns[attempts % turns.length]!(attempt);
  });
  return upstream;
}

const compiler = createPromptCompiler({
  deployments: ["a", "b", "c"].map((id) => {
    return { id, model: "m", provider: unreliable() };
  }),
  retry: { baseMs: 1 },
  health: { failureThreshold: 1e9, failureRatio: 1 },
  cache: responseCache({ maxBytes: 256 * 1024 }),
  semanticCache: semanticCache({ maxBytes: 256 * 1024 }),
  affinity: { maxConversations: 100 },
  hedge: { minDelayMs: 5 },
  batching: {},
  onEvent: () => undefined,
});

/** How long a call is waited for, in milliseconds. */
const LONGEST_MS = 10;

let made = 0;

async function makeCall(): Promise<void> {
  made += 1;
  const number = made;
  const controller = new AbortController();
  const call = { agentId: `agent-${number % 50}`, tenant: `tenant-${number % 3}`, signal: controller.signal };
  const request = {
    model: "m",
    messages: [{ role: "user", content: `question ${number % 400}: ${"words ".repeat(200)}` }],
    ...(number % 3 === 0 && { temperature: 0 }),
  };
  // An upstream that stalls is waited for by nobody for long.
  const leaving = setTimeout(() => controller.abort(new Error("left")), LONGEST_MS);
  try {
    if (number % 2 === 0) {
      await compiler.chat(request, call);
      return;
    }
    for await (const _ of compiler.stream(request, call)) if (number % 5 === 0) break;
  } catch {
    // Failing is a part of it.
  } finally {
    clearTimeout(leaving);
  }
}

for (let round = 0; round < rounds; round += 1) {
  for (let calls = 0; calls < callsEach; calls += 50) await Promise.all(Array.from({ length: 50 }, makeCall));
  globalThis.gc?.();
  // What is finalised after one collection is collected by the next.
  await new Promise((resolve) => setTimeout(resolve, 20));
  globalThis.gc?.();
  process.stdout.write(`${process.memoryUsage().heapUsed}\n`);
}
await compiler.close();
