/**
 * The fault matrix as data: what can go wrong at an upstream, what kind of failure that is, and what follows. The runner
 * makes each of them happen at the first, the middle and the last of three deployments; the page tells them to operators.
 */

import type { FailureKind } from "../../../src/errors.ts";
import { chunk, completion } from "../../chat-shapes.ts";
import { failure, json, stream, toEvent, type UpstreamAnswer } from "../../upstream.ts";

export type Mode = "streamed" | "whole";

/**
 * next     the next deployment is asked; at the last one the call fails
 * ends     nobody will do better: the call fails, and nobody else is asked
 * in-band  the caller has seen the beginning: the stream ends with an error in it, and nobody else is asked
 */
export type Follow = "next" | "ends" | "in-band";

export interface Fault {
  /** What goes wrong, as the page says it. */
  readonly name: string;
  readonly mode: Mode;
  /** `"refused"`: nobody listens there. */
  readonly answer: UpstreamAnswer | "refused";
  readonly kind: FailureKind;
  readonly follow: Follow;
  /** What the caller sees where nobody else is left: the status, and our code where the answer is not the upstream's. */
  readonly seen: string;
  /** How long the caller is then told to wait, in seconds; `undefined`: it is told nothing. */
  readonly retryAfter: number | undefined;
  /** Found out by a timeout. */
  readonly stalls: boolean;
}

const event = (text: string): UpstreamAnswer => ({
  headers: { "content-type": "text/event-stream" },
  body: text,
});
const role = chunk({ role: "assistant", content: "" });
const hello = chunk({ content: "Hello " });
const half = JSON.stringify(completion("Hello ")).slice(0, 80);
const jsonHead = { "content-type": "application/json" };

/** Long enough that it is still to come, and still about an hour, when the test gets there. */
const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();

type Row = readonly [
  name: string,
  kind: FailureKind,
  follow: Follow,
  seen: string,
  answer: Fault["answer"],
  retryAfter?: number,
];

/** A refusal that says when to come back, in every way there is. */
function saysWhen(status: number, kind: FailureKind): readonly Row[] {
  const row = (form: string, headers: Record<string, string>, seconds: number): Row => {
    return [`${status}, ${form}`, kind, "next", String(status), failure(status, {}, headers), seconds];
  };
  return [
    row("retry-after in seconds", { "retry-after": "60" }, 60),
    row("retry-after a date", { "retry-after": inAnHour }, 3_600),
    row("retry-after-ms", { "retry-after-ms": "60000" }, 60),
    row(
      "x-ratelimit-reset",
      { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m0s" },
      60,
    ),
  ];
}

/** An upstream that refuses is answered the same way whether a stream was asked for or not. */
const refusals: readonly Row[] = [
  ["400", "invalid-request", "ends", "400", failure(400)],
  ["401", "unauthorized", "next", "502 upstream_unauthorized", failure(401)],
  ["402", "payment-required", "next", "502 upstream_unauthorized", failure(402)],
  ["403", "forbidden", "next", "502 upstream_unauthorized", failure(403)],
  ["404", "not-found", "next", "404", failure(404)],
  ["408", "timeout", "next", "408", failure(408)],
  ["409", "conflict", "next", "409", failure(409)],
  ["413", "context-length-exceeded", "next", "413", failure(413)],
  ["422", "invalid-request", "ends", "422", failure(422)],
  // Whoever is told neither when nor why to come back comes back at once: a second, at least.
  ["429", "rate-limited", "next", "429", failure(429), 1],
  ...saysWhen(429, "rate-limited"),
  ["500", "server-error", "next", "500", failure(500)],
  ["502", "server-error", "next", "502", failure(502)],
  ["503", "overloaded", "next", "503", failure(503), 1],
  ...saysWhen(503, "overloaded"),
  ["504", "timeout", "next", "504", failure(504)],
  ["529", "overloaded", "next", "529", failure(529)],
  ["connection refused", "network", "next", "502 upstream_unreachable", "refused"],
  ["reset before the headers", "network", "next", "502 upstream_unreachable", "reset"],
  ["stall before the headers", "timeout", "next", "504 upstream_timeout", "hang"],
];

const error = { error: { message: "out of order", type: "server_error", param: null, code: "server_error" } };

const streamed: readonly Row[] = [
  [
    "reset after the headers",
    "malformed-response",
    "next",
    "502 upstream_malformed_response",
    stream([], { ending: "reset" }),
  ],
  [
    "stall before the first chunk",
    "timeout",
    "next",
    "504 upstream_timeout",
    stream([role], { ending: "stall" }),
  ],
  ["stall in the middle", "timeout", "in-band", "504 upstream_timeout", stream([hello], { ending: "stall" })],
  [
    "cut in the middle",
    "malformed-response",
    "in-band",
    "502 upstream_malformed_response",
    stream([hello], { ending: "cut" }),
  ],
  [
    "malformed events",
    "malformed-response",
    "next",
    "502 upstream_malformed_response",
    event("data: {\n\ndata: ]\n\n"),
  ],
  [
    "malformed events in the middle",
    "malformed-response",
    "in-band",
    "502 upstream_malformed_response",
    event([hello, "{", "]", "{", "]"].map(toEvent).join("")),
  ],
  ["an error inside a 200", "server-error", "next", "500", stream([role, error])],
  ["an error in the middle", "server-error", "in-band", "server_error", stream([hello, error])],
  ["an empty 200", "malformed-response", "next", "502 upstream_malformed_response", stream([])],
];

const whole: readonly Row[] = [
  [
    "reset after the headers",
    "network",
    "next",
    "502 upstream_unreachable",
    { headers: jsonHead, ending: "reset" },
  ],
  [
    "stall after the headers",
    "timeout",
    "next",
    "504 upstream_timeout",
    { headers: jsonHead, ending: "stall" },
  ],
  [
    "stall in the middle",
    "timeout",
    "next",
    "504 upstream_timeout",
    { headers: jsonHead, body: half, ending: "stall" },
  ],
  [
    "cut in the middle",
    "network",
    "next",
    "502 upstream_unreachable",
    { headers: jsonHead, body: half, ending: "cut" },
  ],
  [
    "malformed JSON",
    "malformed-response",
    "next",
    "502 upstream_malformed_response",
    { headers: jsonHead, body: half },
  ],
  ["an error inside a 200", "server-error", "next", "500", json(error)],
  ["an empty 200", "malformed-response", "next", "502 upstream_malformed_response", { headers: jsonHead }],
];

const faultsOf = (mode: Mode, rows: readonly Row[]): readonly Fault[] =>
  rows.map(([name, kind, follow, seen, answer, retryAfter]) => ({
    name,
    mode,
    kind,
    follow,
    seen,
    retryAfter,
    answer,
    stalls: name.startsWith("stall"),
  }));

/** Every row of the matrix. */
export const faults: readonly Fault[] = [
  ...faultsOf("streamed", [...refusals, ...streamed]),
  ...faultsOf("whole", [...refusals, ...whole]),
];

export const positions = ["first", "middle", "last"] as const;

export type Position = (typeof positions)[number];

export interface Outcome {
  /** Upstream requests that reached each of the three deployments. */
  readonly requests: readonly [number, number, number];
  /** `"200"`, `"200, then …"` for an error inside a stream, or a status with our code. */
  readonly seen: string;
  /** What the caller is told to wait, in seconds. */
  readonly retryAfter: number | undefined;
}

/**
 * What must come of a fault at a deployment, where those before it answer 500 and those after it are well.
 *
 * No row asks a deployment twice: with three of them there are three attempts, and each is somebody else's.
 */
export function expected({ follow, seen, answer, retryAfter }: Fault, position: Position): Outcome {
  const index = positions.indexOf(position);
  const goesOn = follow === "next" && index < 2;
  const asked = index + (goesOn ? 2 : 1);
  const reached = (deployment: number): number =>
    deployment >= asked || (deployment === index && answer === "refused") ? 0 : 1;
  return {
    requests: [reached(0), reached(1), reached(2)],
    seen: goesOn ? "200" : follow === "in-band" ? `200, then ${seen}` : seen,
    retryAfter: goesOn ? undefined : retryAfter,
  };
}
