/**
 * The way back: what happens to an answer between its commit point and the caller.
 *
 *     upstream's bytes ─▶ usage read ─▶ answer captured ─▶ report added ─▶ the caller
 *
 * A whole answer keeps its bytes, a stream its frames, but for what the call asked for (the report) and what only we
 * asked for (the usage frame, taken out again). Capture is complete before the end is handed on: who has seen the end
 * of an answer finds it in the shared context. However an answer ends, `end` is called once.
 */
import type { Usage } from "./chat.ts";
import type { CompileReport } from "./core/report.ts";
import type { Frame, WireCodec, WireMessage } from "./wires/wire.ts";

export interface Delivery {
  readonly codec: WireCodec;
  /** The caller asked for the usage frame. */
  readonly wantsUsage: boolean;
  /** To be put into the answer. */
  readonly report: CompileReport | undefined;
  /** Stores the request and, where it is whole, the answer; never rejects. `undefined`: nothing is to be stored. */
  readonly capture: ((answer: WireMessage | undefined) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
  readonly end: (outcome: Outcome, usage: Usage | undefined) => void;
}

export type Outcome = "succeeded" | "failed" | "cancelled";

/** A whole answer, on its way to the caller. `text` is what `bytes` say. */
export async function deliverBody(bytes: Uint8Array, text: string, delivery: Delivery): Promise<Uint8Array> {
  const { codec, report } = delivery;
  const body = JSON.parse(text);
  await delivery.capture?.(codec.answer(body));
  delivery.end("succeeded", codec.inspectBody(body).usage);
  return report ? codec.withReport(bytes, report) : bytes;
}

/** A streamed answer, on its way to the caller. */
export async function* deliverFrames(
  frames: AsyncIterable<readonly Frame[]>,
  delivery: Delivery,
): AsyncGenerator<readonly Frame[]> {
  const { codec, wantsUsage } = delivery;
  const collector = delivery.capture && codec.collectAnswer();
  let outcome: Outcome = "cancelled";
  let usage: Usage | undefined;
  let first: Frame | undefined;
  try {
    for await (const arrived of frames) {
      const passed: Frame[] = [];
      for (const frame of arrived) {
        const facts = codec.inspect(frame);
        usage = facts.usage ?? usage;
        first ??= frame;
        collector?.add(frame);
        // The sentinel comes back at the end, behind the report.
        const held = facts.last || (facts.usageOnly && !wantsUsage);
        if (!held) passed.push(frame);
      }
      if (passed.length > 0) yield passed;
    }
    outcome = "succeeded";
    await delivery.capture?.(collector?.answer());
    yield* ending(delivery, first);
  } catch (error) {
    outcome = delivery.signal.aborted ? "cancelled" : "failed";
    throw error;
  } finally {
    if (outcome !== "succeeded") await delivery.capture?.(undefined);
    delivery.end(outcome, usage);
  }
}

function* ending({ codec, report }: Delivery, like: Frame | undefined): Generator<readonly Frame[]> {
  const frames: Frame[] = [];
  if (report && like) frames.push(codec.reportFrame(report, like));
  if (codec.sentinel) frames.push(codec.sentinel);
  if (frames.length > 0) yield frames;
}
