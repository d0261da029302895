/** What `serve` says on standard error of what went wrong in its own house, behind an answer that tells nothing of it. */
import type { Clock } from "../clock.ts";
import type { GatewayOptions } from "../config/gateway-options.ts";
import { isPromptCompilerError } from "../errors.ts";
import type { EventListener, PromptCompilerEvent } from "../telemetry.ts";
import type { Terminal } from "./command.ts";

type Degraded = Extract<PromptCompilerEvent, { readonly type: "degraded" }>;

const consequence: Readonly<Record<Degraded["what"], string>> = {
  compile: "a call went on uncompiled",
  capture: "what was said in a call was not kept",
  storage: "calls go on without shared context",
  ranker: "shared context was chosen by words alone",
  strategy: "the strategy failed, and the first eligible deployment was taken",
  stream: "an event of an answer was left out",
  batch: "a batch waits to be taken on again",
  count: "tokens were counted here, not by the vendor",
  response: "an answer was not kept, and no conversation can go on from it",
  learning: "the model that learns noted nothing of a call",
  stats: "calls are not counted until storage is back",
};

/** A storage that stays away fails every call alike: of each consequence it is enough to hear so often. */
const AGAIN_AFTER_MS = 60_000;

/** Says of calls that had to do without something what and why; of each consequence once a minute. */
export function warnOfDegraded({ warn }: Pick<Terminal, "warn">, clock: Clock): EventListener {
  const saidAt = new Map<Degraded["what"], number>();
  return (event) => {
    if (event.type !== "degraded") return;
    const { what, error } = event;
    const now = clock.now();
    if (now - (saidAt.get(what) ?? Number.NEGATIVE_INFINITY) < AGAIN_AFTER_MS) return;
    saidAt.set(what, now);
    warn(`warning: ${consequence[what]}: ${describe(error)}`);
  };
}

/** Says of an error that nobody foresaw where it was thrown, beside the id that the caller was told. */
export function warnOfUnforeseen({ warn }: Pick<Terminal, "warn">): NonNullable<GatewayOptions["onError"]> {
  return (error, { requestId }) => warn(`error: ${requestId}: ${describe(error)}`);
}

/** Our own messages hold no content; of others' only the name and the places are told. */
function describe(error: unknown): string {
  if (isPromptCompilerError(error)) return error.message;
  if (!(error instanceof Error)) return `a ${typeof error} was thrown`;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames].join("\n");
}
