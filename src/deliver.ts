/**
 * The way back: what happens to an answer between its commit point and the caller.
 *
 *     upstream's bytes ─▶ usage read ─▶ answer captured ─▶ report added ─▶ the caller
 *
 * A whole answer keeps its bytes, a stream its frames, but for what the call asked for (the report) and what only we
 * asked for (the usage frame, taken out again). An event that cannot be read is left out: it would break the caller's
 * reading of all that follows. An answer with more than a few of them is broken itself. Capture is complete before the end is handed on: who has seen the end
 * of an answer finds it in the shared context. However an answer ends, `end` is called once.
 */
import type { Usage } from "./chat.ts";
import type { CompileReport } from "./core/report.ts";
import { ProviderError } from "./errors.ts";
import { errorInside } from "./scheduler/error-inside.ts";
import { laterUsage } from "./wires/later-usage.ts";
import { decodeText } from "./wires/read.ts";
import type { AnswerCollector, Frame, Reply, WireBody, WireCodec, WireMessage } from "./wires/wire.ts";

export interface Delivery {
  readonly codec: WireCodec;
  /** Who answers, for messages. */
  readonly deployment: string;
  /** The caller asked for the usage frame. */
  readonly wantsUsage: boolean;
  /** To be put into the answer. */
  readonly report: CompileReport | undefined;
  /** Stores the request and, where it is whole, the answer; never rejects. `undefined`: nothing is to be stored. */
  readonly capture: ((answer: WireMessage | undefined) => Promise<void>) | undefined;
  /** Hears of an event that was left out because it could not be read. */
  readonly onLeftOut: (error: ProviderError) => void;
  readonly signal: AbortSignal;
  readonly end: (outcome: Outcome, usage: Usage | undefined) => void;
}

export type Outcome = "succeeded" | "failed" | "cancelled";

/** Sends an answer on its way to the caller: a whole one when it is captured, a streamed one at once. */
export async function deliver(reply: Reply, delivery: Delivery): Promise<Reply> {
  const { status, headers, body, parsed, frames } = reply;
  // What was parsed stays here: a caller who changed it would change it for those who share the answer.
  return frames === undefined
    ? { status, headers, body: await deliverBody(body, parsed, delivery) }
    : { status, headers, frames: deliverFrames(frames, delivery) };
}

async function deliverBody(
  bytes: Uint8Array,
  parsed: WireBody | undefined,
  delivery: Delivery,
): Promise<Uint8Array> {
  const { codec, report } = delivery;
  const body: WireBody = parsed ?? JSON.parse(decodeText(bytes));
  await delivery.capture?.(codec.answer(body));
  delivery.end("succeeded", codec.inspectBody(body).usage);
  return report ? codec.withReport(bytes, report) : bytes;
}

/** @throws ProviderError where the upstream breaks off, reports an error between its frames, or cannot be read */
async function* deliverFrames(
  frames: AsyncIterable<readonly Frame[]>,
  delivery: Delivery,
): AsyncGenerator<readonly Frame[]> {
  const reading = new StreamReading(delivery);
  const source = frames[Symbol.asyncIterator]();
  let outcome: Outcome = "cancelled";
  try {
    for await (const arrived of { [Symbol.asyncIterator]: () => source }) {
      const { passed, failure } = reading.take(arrived);
      if (passed.length > 0) yield passed;
      if (failure) {
        // Whoever makes the attempt does not read its frames, and must not take this for a caller who leaves.
        await source.throw?.(failure);
        throw failure;
      }
    }
    outcome = "succeeded";
    await delivery.capture?.(reading.answer());
    const ending = reading.ending();
    if (ending.length > 0) yield ending;
  } catch (error) {
    outcome = delivery.signal.aborted ? "cancelled" : "failed";
    throw error;
  } finally {
    if (outcome !== "succeeded") await delivery.capture?.(undefined);
    delivery.end(outcome, reading.usage);
  }
}

/** Events of a stream that may be left out: noise on the way, not an upstream that has lost its tongue. */
const MOST_LEFT_OUT = 3;

/** What has been read of a stream so far. */
class StreamReading {
  usage: Usage | undefined;
  readonly #delivery: Delivery;
  readonly #collector: AnswerCollector | undefined;
  #first: Frame | undefined;
  #leftOut = 0;

  constructor(delivery: Delivery) {
    this.#delivery = delivery;
    this.#collector = delivery.capture && delivery.codec.collectAnswer();
  }

  /** Reads frames. @returns those to hand on and, where the upstream failed behind them, that */
  take(arrived: readonly Frame[]): { readonly passed: readonly Frame[]; readonly failure?: ProviderError } {
    const { codec, wantsUsage, deployment, onLeftOut } = this.#delivery;
    const passed: Frame[] = [];
    for (const frame of arrived) {
      const facts = codec.inspect(frame);
      if (facts.error) return { passed, failure: errorInside(facts.error, frame.data, deployment) };
      if (facts.malformed) {
        this.#leftOut += 1;
        const message = `deployment "${deployment}" sent an event that is no JSON object in the middle of its answer`;
        const failure = new ProviderError("malformed-response", message);
        if (this.#leftOut > MOST_LEFT_OUT) return { passed, failure };
        onLeftOut(failure);
        continue;
      }
      this.usage = laterUsage(this.usage, facts.usage);
      this.#first ??= frame;
      this.#collector?.add(frame);
      // The sentinel comes back at the end, behind the report.
      const held = facts.last || (facts.usageOnly && !wantsUsage);
      if (!held) passed.push(frame);
    }
    return { passed };
  }

  answer(): WireMessage | undefined {
    return this.#collector?.answer();
  }

  /** What we put behind the upstream's frames: the report, and the sentinel, which some upstreams leave out. */
  ending(): readonly Frame[] {
    const { codec, report } = this.#delivery;
    const reported = report && this.#first ? [codec.reportFrame(report, this.#first)] : [];
    return codec.sentinel ? [...reported, codec.sentinel] : reported;
  }
}
