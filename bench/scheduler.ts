/**
 * What a call costs in this process, feature by feature, beside the plainest alternative: asking the provider directly.
 *
 *     npm run bench:scheduler
 *
 * Writes bench/results/scheduler.json and docs/figures/scheduler.md.
 *
 * The provider answers at once, with bytes made beforehand, so that what is left is ours. Calls are made one after the
 * other, through `createPromptCompiler().dispatch`. A round measures every row once; what is reported is the median over
 * the rounds of each round's p50 and p99. Absolute numbers are those of one machine: read rows against each other.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createPromptCompiler, type PromptCompiler, type PromptCompilerOptions } from "prompt-compiler";
import {
  type DeploymentOptions,
  leastConnections,
  lowestCost,
  lowestLatency,
  type Provider,
  redisState,
  responseCache,
  roundRobin,
  semanticCache,
} from "prompt-compiler/scheduler";
import { chatChunk, chatCompletion, usageChunk } from "../src/wires/chat/build.ts";
import type { Frame, Reply, WireBody, WireRequest } from "../src/wires/wire.ts";
import startRedis from "../test/redis.setup.ts";

const ROUNDS = 9;
const CALLS = 400;
const POOL_SIZES = [1, 10, 100] as const;
const CHUNKS = 100;
const TOGETHER = 40;

type Call = (number: number) => Promise<void>;

interface Row {
  readonly name: string;
  /** The provider is asked directly: the plainest alternative. */
  readonly alone?: boolean | undefined;
  /** What is switched on, or off, besides the defaults. */
  readonly options?: (() => Partial<PromptCompilerOptions>) | undefined;
  readonly deployment?: Partial<DeploymentOptions> | undefined;
  /** The fields of the n-th request besides the common ones. */
  readonly request?: ((number: number) => WireBody) | undefined;
  /** A call for an embedding instead of a chat. */
  readonly embeds?: boolean | undefined;
  /** Calls made together. What is reported is still one call's. @defaultValue 1 */
  readonly atOnce?: number | undefined;
}

const LIMITS = { rpm: 1e9, tpm: 1e12, parallel: 1_000 };

/** A feature is a row: what to add is one line. */
const rows: readonly Row[] = [
  { name: "the provider alone", alone: true },
  { name: "as it is by default" },
  { name: "affinity off", options: () => ({ affinity: false }) },
  { name: "round robin", options: () => ({ strategy: roundRobin() }) },
  { name: "least connections", options: () => ({ strategy: leastConnections() }) },
  { name: "lowest latency", options: () => ({ strategy: lowestLatency() }) },
  {
    name: "lowest cost",
    options: () => ({ strategy: lowestCost() }),
    deployment: { price: { inputPer1M: 1, outputPer1M: 4 } },
  },
  { name: "limits", deployment: { limits: LIMITS } },
  {
    name: "limits in a Redis of this machine",
    options: () => ({ state: redisState(redisUrl) }),
    deployment: { limits: LIMITS },
  },
  { name: "admission with a limit", options: () => ({ admission: { parallel: 1_000 } }) },
  { name: "hedging", options: () => ({ hedge: {} }) },
  { name: "active probes", options: () => ({ probe: {} }) },
  { name: "single-flight", options: () => ({ singleFlight: true }), request: () => ({ temperature: 0 }) },
  {
    name: "cache, a miss",
    options: () => ({ cache: responseCache() }),
    request: (number) => ({ temperature: 0, user: `miss ${number}`, seed: number }),
  },
  {
    name: "cache, a hit",
    options: () => ({ cache: responseCache() }),
    request: () => ({ temperature: 0 }),
  },
  {
    name: "semantic cache, a miss",
    options: () => ({ semanticCache: semanticCache() }),
    request: (number) => ({ temperature: 0, messages: [{ role: "user", content: `What is ${number}?` }] }),
  },
  {
    name: "semantic cache, a hit",
    options: () => ({ semanticCache: semanticCache() }),
    request: () => ({ temperature: 0 }),
  },
  { name: "an embedding", embeds: true },
  { name: "an embedding, batching", embeds: true, options: () => ({ batching: {} }) },
  { name: `one of ${TOGETHER} embeddings at once`, embeds: true, atOnce: TOGETHER },
  {
    name: `one of ${TOGETHER} embeddings at once, batching`,
    embeds: true,
    atOnce: TOGETHER,
    options: () => ({ batching: {} }),
  },
  { name: `the provider alone, ${CHUNKS} chunks`, alone: true, request: () => ({ stream: true }) },
  { name: `streamed, ${CHUNKS} chunks`, request: () => ({ stream: true }) },
];

const redis = await startRedis();
const redisUrl = process.env["PC_TEST_REDIS_URL"] ?? "";
const compilers: PromptCompiler[] = [];
const VECTOR = Array.from({ length: 256 }, (_, index) => Math.sin(index));
const words = "The quick brown fox jumps over the lazy dog. ".repeat(40);
const head = { id: "chatcmpl-1", created: 1_700_000_000, model: "model" };
const usage = { prompt_tokens: 20, completion_tokens: 400, total_tokens: 420 };
const answer = new TextEncoder().encode(
  JSON.stringify(chatCompletion(head, { content: words, finishReason: "stop", usage })),
);
const frames: readonly (readonly Frame[])[] = [
  ...Array.from({ length: CHUNKS }, () => chatChunk(head, { content: words.slice(0, 18) })),
  chatChunk(head, {}, "stop"),
  usageChunk(head, usage),
]
  .map((chunk) => [{ data: JSON.stringify(chunk) }])
  .concat([[{ data: "[DONE]" }]]);

const instant: Provider = {
  name: "instant",
  wires: ["chat", "embeddings"],
  async send({ wire, body }) {
    if (wire === "embeddings") return { status: 200, headers: {}, body: vectorsFor(body["input"]) };
    return body["stream"] === true
      ? { status: 200, headers: { "content-type": "text/event-stream" }, frames: arriving() }
      : { status: 200, headers: { "content-type": "application/json" }, body: answer };
  },
};

/** One vector of 256 numbers for each input. */
function vectorsFor(input: unknown): Uint8Array {
  const count = Array.isArray(input) ? input.length : 1;
  const data = Array.from({ length: count }, (_, index) => ({
    object: "embedding",
    index,
    embedding: VECTOR,
  }));
  const body = { object: "list", model: "model", data, usage: { prompt_tokens: count, total_tokens: count } };
  return new TextEncoder().encode(JSON.stringify(body));
}

async function* arriving(): AsyncGenerator<readonly Frame[]> {
  yield* frames;
}

function requestOf({ request, embeds }: Row, number: number): WireRequest {
  const more = request?.(number);
  if (embeds) return { wire: "embeddings", body: { model: "model", input: `text ${number}`, ...more } };
  const body = { model: "model", messages: [{ role: "user", content: words.slice(0, 90) }], ...more };
  return { wire: "chat", body, source: new TextEncoder().encode(JSON.stringify(body)) };
}

async function read(reply: Reply): Promise<void> {
  let count = 0;
  for await (const arrived of reply.frames ?? []) count += arrived.length;
  if (reply.frames !== undefined && count < CHUNKS) throw new Error(`read ${count} frames`);
}

function directly(row: Row): Call {
  const { signal } = new AbortController();
  return async (number) => read(await instant.send({ ...requestOf(row, number), signal }));
}

function through(row: Row, poolSize: number): Call {
  const { options, deployment } = row;
  const compiler = createPromptCompiler({
    ...options?.(),
    deployments: Array.from({ length: poolSize }, (_, index) => ({
      id: `deployment-${index}`,
      model: "model",
      provider: instant,
      ...deployment,
    })),
  });
  compilers.push(compiler);
  return async (number) => read((await compiler.dispatch(requestOf(row, number))).reply);
}

interface Measured {
  readonly name: string;
  readonly deployments: number | undefined;
  readonly call: Call;
  readonly atOnce: number;
  readonly p50: number[];
  readonly p99: number[];
}

let made = 0;

/** Microseconds a call. */
async function measure({ call, atOnce, p50, p99 }: Measured): Promise<void> {
  const took: number[] = [];
  for (let count = 0; count < CALLS; count += atOnce) {
    const startedAt = performance.now();
    if (atOnce === 1) await call(++made);
    else await Promise.all(Array.from({ length: atOnce }, () => call(++made)));
    took.push(((performance.now() - startedAt) * 1_000) / atOnce);
  }
  p50.push(quantile(took, 0.5));
  p99.push(quantile(took, 0.99));
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

const measured: readonly Measured[] = rows.flatMap<Measured>((row) =>
  row.alone
    ? [{ name: row.name, deployments: undefined, call: directly(row), atOnce: 1, p50: [], p99: [] }]
    : POOL_SIZES.map((size) => ({
        name: row.name,
        deployments: size,
        call: through(row, size),
        atOnce: row.atOnce ?? 1,
        p50: [],
        p99: [],
      })),
);

// The first round warms up.
for (let round = 0; round <= ROUNDS; round++) {
  for (const each of measured) {
    await measure(each);
    if (round === 0) each.p50.length = each.p99.length = 0;
  }
}

for (const compiler of compilers) await compiler.close();
await redis?.();

const results = measured.map(({ name, deployments, p50, p99 }) => ({
  name,
  deployments,
  p50: quantile(p50, 0.5),
  p99: quantile(p99, 0.5),
}));

function line({ name, alone }: Row): string {
  const cells = results
    .filter((each) => each.name === name)
    .map(({ p50, p99 }) => `${p50.toFixed(1)} / ${p99.toFixed(0)}`);
  return `| ${[name, ...cells, ...(alone ? POOL_SIZES.slice(1).map(() => "") : [])].join(" | ")} |`;
}

const lines = [
  "# What a call costs",
  "",
  `Microseconds of this process for one call, p50 / p99, with 1, 10 and 100 deployments of the model. The provider answers at once; a whole answer has ${answer.length} bytes. Medians of ${ROUNDS} interleaved rounds of ${CALLS} calls, Node ${process.version}, ${process.platform} ${process.arch}. Read rows against each other: the numbers are those of one machine. Written by \`npm run bench:scheduler\`.`,
  "",
  `| | ${POOL_SIZES.map((size) => `${size} deployment${size === 1 ? "" : "s"}`).join(" | ")} |`,
  `| --- | ${POOL_SIZES.map(() => "---:").join(" | ")} |`,
  ...rows.map(line),
];

const root = resolve(import.meta.dirname, "..");
mkdirSync(resolve(root, "bench/results"), { recursive: true });
mkdirSync(resolve(root, "docs/figures"), { recursive: true });
writeFileSync(
  resolve(root, "bench/results/scheduler.json"),
  `${JSON.stringify({ node: process.version, rounds: ROUNDS, calls: CALLS, results }, undefined, 2)}\n`,
);
writeFileSync(resolve(root, "docs/figures/scheduler.md"), `${lines.join("\n")}\n`);
console.log(lines.slice(4).join("\n"));
