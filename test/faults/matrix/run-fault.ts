/** Makes one fault happen on real sockets, and tells what came of it. */

import { failureStatus } from "../../../src/failure-status.ts";
import type { PromptCompilerEvent } from "../../../src/index.ts";
import { openaiCompatible, roundRobin } from "../../../src/scheduler/index.ts";
import { chunksOf, completion } from "../../chat-shapes.ts";
import { startApp } from "../../host-app.ts";
import { failure, json, startUpstream, stream } from "../../upstream.ts";
import { type Fault, type Outcome, type Position, positions } from "./faults.ts";

/** Short, where a fault is found out by it; long enough for a busy machine to answer in time. */
const STALL_MS = 300;

interface Run extends Outcome {
  /** What the attempt at the faulty deployment was taken for. */
  readonly kind: string | undefined;
  readonly text: string;
}

export async function runFault({ answer, mode, stalls }: Fault, position: Position): Promise<Run> {
  const upstreams = await Promise.all([startUpstream(), startUpstream(), startUpstream()]);
  const faulty = positions.indexOf(position);
  const well = mode === "streamed" ? stream(chunksOf("all is well")) : json(completion("all is well"));
  for (const [index, upstream] of upstreams.entries()) {
    if (index < faulty) upstream.reply(failure(500));
    else if (index > faulty) upstream.reply(well);
    else if (answer === "refused") await upstream.close();
    else upstream.reply(answer);
  }
  const events: PromptCompilerEvent[] = [];
  const timeouts = { headersMs: STALL_MS, firstChunkMs: STALL_MS, betweenChunksMs: STALL_MS };
  const app = await startApp({
    deployments: upstreams.map(({ url }, index) => ({
      id: `d${index}`,
      model: "m",
      provider: openaiCompatible({ baseURL: `${url}/v1`, apiKey: `key-${index}` }),
      // Those that are well must not be found slow on a busy machine.
      ...(stalls && index === faulty && { timeouts }),
    })),
    strategy: roundRobin(),
    onEvent: (event) => void events.push(event),
  });
  try {
    const response = await fetch(`${app.baseURL}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: "m",
        messages: [{ role: "user", content: "Hi" }],
        stream: mode === "streamed",
      }),
    });
    const text = await response.text();
    const [first = 0, second = 0, third = 0] = upstreams.map(({ requests }) => requests.length);
    const failed = events.find((event) => event.type === "attempt-end" && event.deployment === `d${faulty}`);
    return {
      requests: [first, second, third],
      seen: whatIsSeen(response.status, text),
      retryAfter: numberIn(response.headers.get("retry-after")),
      kind: failed?.type === "attempt-end" ? failed.failure : undefined,
      text,
    };
  } finally {
    await app.close();
    await Promise.all(
      upstreams.map((upstream, index) =>
        answer === "refused" && index === faulty ? undefined : upstream.close(),
      ),
    );
  }
}

/** The codes by which the gateway names an upstream's failure in its own words. */
const OURS = /^upstream_/;

/** The status that each of them would have had before the stream began. */
const statusOf = new Map(Object.values(failureStatus).map(({ code, status }) => [code, status]));

function whatIsSeen(status: number, text: string): string {
  const last = text.trim().split("\n\n").at(-1) ?? "";
  const told = last.startsWith("data: {") ? last.slice("data: ".length) : text;
  const code = codeIn(told);
  if (status !== 200) return code && OURS.test(code) ? `${status} ${code}` : String(status);
  return code === undefined ? "200" : `200, then ${[statusOf.get(code) ?? [], code].flat().join(" ")}`;
}

function numberIn(header: string | null): number | undefined {
  return header === null ? undefined : Number(header);
}

function codeIn(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { readonly error?: { readonly code?: unknown } };
    return error && String(error.code);
  } catch {
    return undefined;
  }
}
