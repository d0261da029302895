/**
 * What the gateway adds to a request, beside the plainest thing that does the same: Express and undici, by hand.
 *
 *     npm run bench:gateway
 *
 * Writes bench/results/gateway.json and docs/figures/gateway.md.
 *
 *     this process ──▶ a target, in its own process ──▶ an upstream that answers at once, in its own
 *
 * Every target is measured once a round, the rounds interleaved; what is reported is the median. CPU time of the target's
 * process a request is the figure that other load on the machine touches least; requests a second and latencies are
 * those of all three processes on one machine, for reading rows against each other.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Pool } from "undici";
import { type Child, startChild } from "./gateway/child.ts";

const ROUNDS = 7;
const CONNECTIONS = 16;
const REQUESTS = 3_000;
const STREAMS = 600;
const ALONE = 400;

const targets = [
  ["express-undici", "Express 5 and undici, by hand"],
  ["express", "`pcMiddleware()` in Express 5"],
  ["express-all", "the same, every feature of the scheduler on, 3 deployments"],
  ["express-cache", "the same, answers from the exact cache"],
  ["node", "`pcMiddleware()` on node:http, without Express"],
] as const;

interface Figures {
  /** Microseconds, one request at a time. */
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** Microseconds of the target's CPU a request. */
  readonly cpuMicros: number;
  readonly requestsPerSecond: number;
  /** Microseconds of the target's CPU a stream of 100 chunks. */
  readonly streamCpuMicros: number;
  /** Milliseconds to the first byte of a stream, the median, with all connections busy. */
  readonly firstByteMs: number;
  readonly residentMB: number;
}

const words = "The quick brown fox jumps over the lazy dog. ".repeat(40);
const bodyOf = (question: string, stream: boolean): string =>
  JSON.stringify({
    model: "model",
    messages: [{ role: "user", content: words + question }],
    temperature: 0,
    ...(stream && { stream }),
  });

let asked = 0;

/** No two requests are the same, so that none is spared its upstream; but for the cache, which is to answer. */
const questionFor = (target: string): string => (target === "express-cache" ? "Why?" : `Why ${asked++}?`);

async function ask(pool: Pool, body: string): Promise<number> {
  const startedAt = performance.now();
  const { statusCode, body: answer } = await pool.request({
    method: "POST",
    path: "/v1/chat/completions",
    headers: { "content-type": "application/json" },
    body,
  });
  let firstByteAt = 0;
  let bytes = 0;
  for await (const chunk of answer) {
    firstByteAt ||= performance.now();
    bytes += chunk.length;
  }
  if (statusCode !== 200 || bytes < 1_000) throw new Error(`answered ${statusCode} with ${bytes} bytes`);
  return firstByteAt - startedAt;
}

/** Asks so many times, so many at once. @returns milliseconds to the first byte, of each */
async function load(
  pool: Pool,
  bodyFor: () => string,
  count: number,
  connections: number,
): Promise<number[]> {
  const took: number[] = [];
  let begun = 0;
  const loop = async (): Promise<void> => {
    while (begun++ < count) took.push(await ask(pool, bodyFor()));
  };
  await Promise.all(Array.from({ length: connections }, loop));
  return took;
}

async function measure(target: string, { origin, used }: Child): Promise<Figures> {
  const whole = (): string => bodyOf(questionFor(target), false);
  const streamed = (): string => bodyOf(questionFor(target), true);
  const pool = new Pool(origin, { connections: CONNECTIONS });
  const alone = await load(pool, whole, ALONE, 1);
  const before = await used();
  const startedAt = performance.now();
  await load(pool, whole, REQUESTS, CONNECTIONS);
  const tookMs = performance.now() - startedAt;
  const between = await used();
  const firstBytes = await load(pool, streamed, STREAMS, CONNECTIONS);
  const after = await used();
  await pool.close();
  return {
    p50Micros: quantile(alone, 0.5) * 1_000,
    p99Micros: quantile(alone, 0.99) * 1_000,
    cpuMicros: (between.cpuMicros - before.cpuMicros) / REQUESTS,
    requestsPerSecond: (REQUESTS / tookMs) * 1_000,
    streamCpuMicros: (after.cpuMicros - between.cpuMicros) / STREAMS,
    firstByteMs: quantile(firstBytes, 0.5),
    residentMB: after.residentBytes / 2 ** 20,
  };
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

const upstream = await startChild("upstream.ts");
const children = await Promise.all(targets.map(([name]) => startChild("target.ts", name, upstream.origin)));
const rounds: Figures[][] = children.map(() => []);
// The first round warms up.
for (let round = 0; round <= ROUNDS; round++) {
  for (const [index, [target]] of targets.entries()) {
    const child = children[index];
    if (child === undefined) continue;
    const figures = await measure(target, child);
    if (round > 0) rounds[index]?.push(figures);
  }
  console.error(`round ${round} of ${ROUNDS}`);
}
for (const child of [...children, upstream]) child.stop();

const results = targets.map(([name, title], index) => {
  const seen = rounds[index] ?? [];
  const median = (of: keyof Figures): number =>
    quantile(
      seen.map((figures) => figures[of]),
      0.5,
    );
  return {
    name,
    title,
    p50Micros: median("p50Micros"),
    p99Micros: median("p99Micros"),
    cpuMicros: median("cpuMicros"),
    requestsPerSecond: median("requestsPerSecond"),
    streamCpuMicros: median("streamCpuMicros"),
    firstByteMs: median("firstByteMs"),
    residentMB: median("residentMB"),
  };
});

const plainest = results[0]?.cpuMicros ?? Number.NaN;
const plainestStream = results[0]?.streamCpuMicros ?? Number.NaN;
const lines = [
  "# What the gateway adds",
  "",
  `A request of ${bodyOf("Why 1?", false).length} bytes, an answer of about 2 KB or a stream of 100 chunks, an upstream that answers at once; ${CONNECTIONS} connections where nothing else is said. CPU is that of the server's process, a request; in brackets, how many times that of the first row. Medians of ${ROUNDS} interleaved rounds of ${REQUESTS} requests, load, server and upstream on one machine, Node ${process.version}, ${process.platform} ${process.arch}: read rows against each other. Written by \`npm run bench:gateway\`.`,
  "",
  "| | p50 / p99 µs, 1 connection | CPU µs | requests a second | CPU µs, streamed | first byte ms, streamed | memory MB |",
  "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
  ...results.map(
    (row) =>
      `| ${row.title} | ${row.p50Micros.toFixed(0)} / ${row.p99Micros.toFixed(0)} | ${row.cpuMicros.toFixed(0)} (${(row.cpuMicros / plainest).toFixed(2)}) | ${row.requestsPerSecond.toFixed(0)} | ${row.streamCpuMicros.toFixed(0)} (${(row.streamCpuMicros / plainestStream).toFixed(2)}) | ${row.firstByteMs.toFixed(1)} | ${row.residentMB.toFixed(0)} |`,
  ),
];

const root = resolve(import.meta.dirname, "..");
mkdirSync(resolve(root, "bench/results"), { recursive: true });
writeFileSync(
  resolve(root, "bench/results/gateway.json"),
  `${JSON.stringify({ node: process.version, rounds: ROUNDS, results }, undefined, 2)}\n`,
);
writeFileSync(resolve(root, "docs/figures/gateway.md"), `${lines.join("\n")}\n`);
console.log(lines.slice(4).join("\n"));
