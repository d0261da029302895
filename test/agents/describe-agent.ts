/**
 * What every coding agent is put through: it runs without a terminal against an Express app, with a scripted model behind it.
 *
 *     agent ──its own wire──▶ gateway ──the deployment's wire──▶ worker.ts: "call your tool"
 *       └── runs it: made.txt ── its result ──────────────────▶ worker.ts: "the file is there now"
 */
import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { anthropic, gemini, openaiCompatible, type Provider } from "../../src/scheduler/index.ts";
import { chunk } from "../chat-shapes.ts";
import { startApp } from "../host-app.ts";
import { type AGENT_FEATURES, showing, type Upstream as Vendor } from "../interop/compatibility/cells.ts";
import { failure, startUpstream, stream, type Upstream, type UpstreamAnswer } from "../upstream.ts";
import { type Agent, type Job, madeIn } from "./agent.ts";
import { install } from "./install.ts";
import { type Outcome, runAgent, temporaryFolder } from "./run.ts";
import { speeches } from "./speech.ts";
import { CALL_ID, DONE, worker } from "./worker.ts";

const KEY = "right";

interface Kind {
  readonly vendor: Vendor;
  provider(url: string): Provider;
}

/** Deployments, by what they speak. */
const kinds = {
  chat: {
    vendor: "openai-compatible",
    provider: (url) => openaiCompatible({ baseURL: `${url}/v1` }),
  },
  messages: {
    vendor: "anthropic",
    provider: (url) => anthropic({ baseURL: url, apiKey: "sk-of-ours" }),
  },
  gemini: {
    vendor: "gemini",
    provider: (url) => gemini({ baseURL: `${url}/v1beta`, apiKey: "AIza-of-ours" }),
  },
  responses: {
    vendor: "openai",
    provider: (url) => openaiCompatible({ baseURL: `${url}/v1`, vendor: "openai", wires: ["responses"] }),
  },
} as const satisfies Record<string, Kind>;

type Spoken = keyof typeof kinds;

/** Agents ask again a few times, each in its own way; more than this is a loop. */
const MOST_REQUESTS = 12;

interface Seen extends Outcome {
  readonly folder: string;
  readonly upstream: Upstream;
  /** What the app answered the agent: one status a request. */
  readonly statuses: readonly number[];
}

interface Case {
  readonly spoken?: Spoken;
  readonly job: Job;
  readonly mishap?: (index: number) => UpstreamAnswer | undefined;
}

async function run(agent: Agent, program: string, { spoken = "chat", job, mishap }: Case): Promise<Seen> {
  const folder = temporaryFolder();
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  upstream.reply(worker(speeches[spoken], job, folder, mishap));
  const statuses: number[] = [];
  const app = await startApp(
    {
      deployments: [{ id: "one", model: "*", provider: kinds[spoken].provider(upstream.url) }],
      keys: [{ key: KEY, tenant: "t" }],
    },
    (host) =>
      host.use((_request, response, next) => {
        response.on("close", () => statuses.push(response.statusCode));
        next();
      }),
  );
  onTestFinished(() => app.close());
  const place = { url: app.url, key: KEY, model: job.model, prompt: "Write hello into made.txt" };
  return { ...(await runAgent(agent, program, folder, place)), folder, upstream, statuses };
}

/** The job is done, its user told, and the agent ended well. @param spoken - by which the worker heard of the result */
function expectDone({ code, said, noted, folder, upstream }: Seen, spoken: Spoken, job: Job): void {
  expect({ code, said, noted }).toMatchObject({ code: 0, said: expect.stringContaining(DONE) });
  expect(readFileSync(madeIn(folder), "utf8")).toBe("hello\n");
  const results = upstream.requests.flatMap(({ json }) => speeches[spoken].results(json));
  expect(results.at(-1)).toMatch(spoken === "gemini" ? new RegExp(`${job.tool}$`) : CALL_ID);
}

/** An answer that begins, and breaks off. */
const half = () => stream([chunk({ role: "assistant", content: "Half" })], { ending: "cut" });

/** The tests of one agent; skipped where it cannot be installed. */
export function describeAgent(agent: Agent): void {
  const program = install(agent) ?? "";
  const tries = it.skipIf(program === "");
  const shows = (spoken: Spoken, feature: (typeof AGENT_FEATURES)[number]) =>
    showing({
      client: agent.name,
      host: "Express",
      upstream: kinds[spoken].vendor,
      versions: { [agent.package]: agent.version },
    })(agent.wire, feature);
  const [job, ...others] = agent.jobs;
  const steps = 2 + (agent.asides ?? 0);
  // Who speaks responses only is asked by their clients only.
  const spoken = (["chat", "messages", "gemini", "responses"] as const).filter(
    (each) => each !== "responses" || agent.wire === "responses",
  );

  describe(`${agent.name} ${agent.version}`, () => {
    for (const each of spoken) {
      const name = `does its job over a deployment that speaks ${each}, asking once a step`;
      tries(name, shows(each, "work with tools"), async () => {
        const seen = await run(agent, program, { spoken: each, job });

        expectDone(seen, each, job);
        expect(seen.statuses).toEqual(Array(steps).fill(200));
      });
    }

    for (const other of others) {
      tries(`does it by ${other.by}`, shows("chat", "work with tools"), async () => {
        const seen = await run(agent, program, { job: other });

        expectDone(seen, "chat", other);
        expect(seen.statuses).toEqual(Array(steps).fill(200));
      });
    }

    tries(
      "notices nothing of a deployment that refuses at first",
      shows("chat", "an upstream fails"),
      async () => {
        const mishap = (index: number) => (index === 0 ? failure(503, { message: "busy" }) : undefined);

        const seen = await run(agent, program, { job, mishap });

        expectDone(seen, "chat", job);
        expect(seen.statuses).toEqual(Array(steps).fill(200));
        expect(seen.upstream.requests).toHaveLength(steps + 1);
      },
    );

    tries("goes on after a stream that broke off (wire 28)", shows("chat", "a stream breaks"), async () => {
      const seen = await run(agent, program, { job, mishap: (index) => (index === 0 ? half() : undefined) });

      expectDone(seen, "chat", job);
      expect(seen.statuses.length).toBeLessThanOrEqual(steps + 2);
    });

    const inTheEnd = "ends with an error where every stream breaks off, and does not ask for ever (wire 30)";
    tries(inTheEnd, shows("chat", "a stream breaks"), async () => {
      const seen = await run(agent, program, { job, mishap: half });

      expect(seen.code).not.toBe(0);
      expect(`${seen.said}${seen.noted}`).toMatch(/error/i);
      expect(seen.statuses.length).toBeLessThanOrEqual(MOST_REQUESTS);
    });
  });
}
