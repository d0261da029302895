import type { ProviderError } from "../../src/errors.ts";
import type { Provider, ProviderAttempt } from "../../src/scheduler/providers/provider.ts";
import type { Frame, Reply, Wire } from "../../src/wires/wire.ts";
import { chunk, completion } from "../chat-shapes.ts";

/** How one attempt goes; the last of an upstream's turns is taken again and again. */
export type Turn = (attempt: ProviderAttempt) => Promise<Reply>;

/** A provider whose every turn the test decides. Keeps the provider's contract on abort. */
export class FakeUpstream implements Provider {
  readonly name = "fake";
  readonly attempts: ProviderAttempt[] = [];
  /** Streams under way. */
  open = 0;
  readonly #turns: Turn[];
  readonly wires: readonly Wire[] = ["chat", "embeddings"];

  constructor(...turns: Turn[]) {
    this.#turns = turns;
  }

  async send(attempt: ProviderAttempt): Promise<Reply> {
    attempt.signal.throwIfAborted();
    this.attempts.push(attempt);
    const turn = this.#turns[Math.min(this.attempts.length, this.#turns.length) - 1]!;
    const reply = await turn(attempt);
    return reply.frames ? { ...reply, frames: this.#counted(reply.frames) } : reply;
  }

  async *#counted(frames: AsyncIterable<readonly Frame[]>): AsyncGenerator<readonly Frame[]> {
    this.open += 1;
    try {
      yield* frames;
    } finally {
      this.open -= 1;
    }
  }
}

const head = { status: 200, headers: {} };

export const bodyOf = (value: unknown): Reply => ({
  ...head,
  body: new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)),
});

/** Answers in full: a completion, or the frames of one where the request streams. */
export const answers =
  (content = "yes"): Turn =>
  async ({ body, signal }) =>
    body["stream"] === true
      ? framesFrom([[said(content)], [finished, { data: "[DONE]" }]], signal)
      : bodyOf(completion(content));

export const fails =
  (error: () => ProviderError): Turn =>
  async () => {
    throw error();
  };

/** Never answers; rejects when it is aborted. */
export const hangs: Turn = ({ signal }) => untilAborted(signal);

/** Answers 200 with these arrays of frames; an error among them is thrown in its place, "stall" waits for abort. */
export const streams =
  (...script: Step[]): Turn =>
  async ({ signal }) =>
    framesFrom(script, signal);

export type Step = readonly Frame[] | Error | "stall";

export const role: Frame = { data: JSON.stringify(chunk({ role: "assistant", content: "" })) };
export const finished: Frame = { data: JSON.stringify(chunk({}, "stop")) };
export const said = (content: string): Frame => ({ data: JSON.stringify(chunk({ content })) });

function framesFrom(script: readonly Step[], signal: AbortSignal): Reply {
  return { ...head, frames: play(script, signal) };
}

async function* play(script: readonly Step[], signal: AbortSignal): AsyncGenerator<readonly Frame[]> {
  for (const step of script) {
    if (step === "stall") await untilAborted(signal);
    else if (step instanceof Error) throw step;
    else yield step;
    signal.throwIfAborted();
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
