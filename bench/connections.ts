/**
 * What HTTP/2 gives and takes, beside HTTP/1.1: the same calls to the same upstream, both with TLS.
 *
 *     npm run bench:connections
 *
 * Writes bench/results/connections.json and docs/figures/connections.md.
 *
 *     this process: a compiler ──▶ an upstream that answers at once, in its own process
 *
 * Rounds are interleaved; what is reported is the median. CPU time of this process a call is the figure that other load on
 * the machine touches least. Each round makes its connections before it is measured: what they cost is their number.
 */
import { subscribe } from "node:diagnostics_channel";
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createPromptCompiler } from "prompt-compiler";
import { openaiCompatible } from "prompt-compiler/scheduler";
import { certificate } from "../test/fixtures/certificate.ts";
import { startChild } from "./gateway/child.ts";

const ROUNDS = 5;
const CALLS = 600;
const STREAMS = 300;
const AT_ONCE = [1, 10, 100] as const;

interface Figures {
  /** Microseconds of this process's CPU a call. */
  readonly cpuMicros: number;
  /** Milliseconds to the end of the answer. */
  readonly p50Ms: number;
  readonly connections: number;
}

interface Measured {
  readonly atOnce: number;
  readonly stream: boolean;
  readonly http2: boolean;
  readonly seen: Figures[];
}

let connections = 0;
subscribe("undici:client:connected", () => {
  connections += 1;
});

const upstream = await startChild("upstream.ts", "tls");
const baseURL = `${upstream.origin.replace("http:", "https:")}/v1`;

async function measure({ atOnce, stream, http2 }: Measured): Promise<Figures> {
  const provider = openaiCompatible({ baseURL, http2, tls: { ca: certificate } });
  const compiler = createPromptCompiler({ deployments: [{ id: "upstream", model: "model", provider }] });
  const body = { model: "model", messages: [{ role: "user", content: "Why?" }], ...(stream && { stream }) };
  const took: number[] = [];
  const ask = async (): Promise<void> => {
    const startedAt = performance.now();
    const { reply } = await compiler.dispatch({ wire: "chat", body });
    let frames = 0;
    for await (const arrived of reply.frames ?? []) frames += arrived.length;
    if (stream && frames < 100) throw new Error(`read ${frames} frames`);
    took.push(performance.now() - startedAt);
  };
  const load = async (count: number): Promise<void> => {
    let begun = 0;
    const loop = async (): Promise<void> => {
      while (begun++ < count) await ask();
    };
    await Promise.all(Array.from({ length: atOnce }, loop));
  };

  connections = 0;
  await load(3 * atOnce);
  took.length = 0;
  const count = stream ? STREAMS : CALLS;
  const before = process.cpuUsage();
  await load(count);
  const { user, system } = process.cpuUsage(before);
  await compiler.close();
  return { cpuMicros: (user + system) / count, p50Ms: median(took), connections };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const measured: readonly Measured[] = [false, true].flatMap((stream) =>
  AT_ONCE.flatMap((atOnce) => [false, true].map((http2) => ({ atOnce, stream, http2, seen: [] }))),
);
// The first round warms up.
for (let round = 0; round <= ROUNDS; round++) {
  for (const each of measured) {
    const figures = await measure(each);
    if (round > 0) each.seen.push(figures);
  }
  console.error(`round ${round} of ${ROUNDS}`);
}
upstream.stop();

const results = measured.map(({ seen, ...what }) => ({
  ...what,
  cpuMicros: median(seen.map(({ cpuMicros }) => cpuMicros)),
  p50Ms: median(seen.map(({ p50Ms }) => p50Ms)),
  connections: median(seen.map((each) => each.connections)),
}));

function cells(stream: boolean, http2: boolean): readonly string[] {
  return AT_ONCE.map((atOnce) => {
    const found = results.find(
      (each) => each.stream === stream && each.http2 === http2 && each.atOnce === atOnce,
    );
    return found === undefined
      ? ""
      : `${found.cpuMicros.toFixed(0)} / ${found.p50Ms.toFixed(1)} / ${found.connections}`;
  });
}

const lines = [
  "# What HTTP/2 gives and takes",
  "",
  `Microseconds of this process's CPU for a call / milliseconds until half of the answers were here / connections opened, with 1, 10 and 100 calls at once. Both with TLS, to one upstream that answers at once: about 2 KB whole, or a stream of 100 chunks; each round makes its connections before it is measured. Medians of ${ROUNDS} interleaved rounds of ${CALLS} calls or ${STREAMS} streams, both processes on one machine, Node ${process.version}, ${process.platform} ${process.arch}: read rows against each other. Written by \`npm run bench:connections\`.`,
  "",
  `| | ${AT_ONCE.map((atOnce) => `${atOnce} at once`).join(" | ")} |`,
  `| --- | ${AT_ONCE.map(() => "---:").join(" | ")} |`,
  ...[false, true].flatMap((stream) =>
    [false, true].map((http2) => {
      const name = `${stream ? "streamed" : "whole"}, ${http2 ? "HTTP/2" : "HTTP/1.1"}`;
      return `| ${[name, ...cells(stream, http2)].join(" | ")} |`;
    }),
  ),
];

const root = resolve(import.meta.dirname, "..");
mkdirSync(resolve(root, "bench/results"), { recursive: true });
mkdirSync(resolve(root, "docs/figures"), { recursive: true });
writeFileSync(
  resolve(root, "bench/results/connections.json"),
  `${JSON.stringify({ node: process.version, rounds: ROUNDS, results }, undefined, 2)}\n`,
);
writeFileSync(resolve(root, "docs/figures/connections.md"), `${lines.join("\n")}\n`);
console.log(lines.slice(4).join("\n"));
