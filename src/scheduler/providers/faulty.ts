/**
 * A provider that goes wrong on demand, for tests of what stands above it: each fault is what the scheduler sees of
 * that fault of a real upstream, error for error.
 *
 *     const provider = faulty(openaiCompatible({ baseURL }), [{ status: 429, headers: { "retry-after": "2" } }]);
 *
 *                             whole answer                stream
 *     status                  its failure                 its failure
 *     refused, stale, reset   network                     network; behind the headers malformed-response
 *     stalls                  silence until aborted       the same, behind headers or what was said
 *     mid-stream-cut          network                     what was said, then malformed-response
 *     malformed-sse           malformed-response          a frame that is not JSON
 *     error-in-200            a body that is an error     a frame that is one
 *     empty-200               malformed-response          no frame, then malformed-response
 *
 * The wrapped provider is asked only where something of its answer is needed.
 */

import { type Clock, systemClock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import { codecFor } from "../../wires/index.ts";
import type { Frame, Reply } from "../../wires/wire.ts";
import { untilAborted } from "../until-aborted.ts";
import { type Fault, type FaultPlan, toNextFault } from "./fault-plan.ts";
import type { Provider, ProviderAttempt } from "./provider.ts";
import { readFailure } from "./read-failure.ts";
import { withSend } from "./with-send.ts";

export interface FaultyOptions {
  /** For stalls that end, and a `Retry-After` that is a date. @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

/** Wraps a provider. @throws RangeError for a plan that cannot be followed */
export function faulty(
  provider: Provider,
  plan: FaultPlan,
  { clock = systemClock }: FaultyOptions = {},
): Provider {
  const nextFault = toNextFault(plan);
  return withSend(provider, async (attempt) => {
    attempt.signal.throwIfAborted();
    const fault = nextFault(attempt);
    return fault === undefined ? provider.send(attempt) : suffer(fault, provider, attempt, clock);
  });
}

async function suffer(
  fault: Fault,
  provider: Provider,
  attempt: ProviderAttempt,
  clock: Clock,
): Promise<Reply> {
  const { name } = provider;
  if (typeof fault === "object" && "status" in fault) throw refusal(name, fault, clock.now());
  if (typeof fault === "object") return stall(fault, provider, attempt, clock);

  const isStream = codecFor(attempt.wire).isStream(attempt.body);
  switch (fault) {
    case "refused":
      throw noAnswer(name, "ECONNREFUSED");
    case "stale-socket":
      throw noAnswer(name, "UND_ERR_SOCKET", true);
    case "reset-before-headers":
      throw noAnswer(name, "ECONNRESET");
    case "reset-after-headers":
      if (isStream) return stream(broken(name));
      throw brokenOff(name);
    case "mid-stream-cut":
      if (!isStream) throw brokenOff(name);
      return behindTheFirstWord(await provider.send(attempt), attempt, () => {
        throw cut(name);
      });
    case "malformed-sse":
      if (isStream) return stream(only(NOT_JSON));
      throw malformed(name, "no JSON object");
    case "error-in-200":
      return isStream ? stream(only({ data: JSON.stringify(ERROR) })) : body(ERROR);
    case "empty-200":
      if (isStream) return stream(broken(name));
      throw malformed(name, "nothing");
  }
}

/** Goes on with the real answer when the silence is over. */
async function stall(
  { stalls, forMs }: Extract<Fault, { readonly stalls: unknown }>,
  provider: Provider,
  attempt: ProviderAttempt,
  clock: Clock,
): Promise<Reply> {
  const { signal } = attempt;
  const silence = (): Promise<void> =>
    forMs === undefined ? untilAborted(signal) : clock.sleep(forMs, signal);
  if (stalls === "headers" || !codecFor(attempt.wire).isStream(attempt.body)) {
    await silence();
    return provider.send(attempt);
  }
  const reply = await provider.send(attempt);
  if (stalls === "mid-stream") return behindTheFirstWord(reply, attempt, silence);
  return reply.frames === undefined ? reply : { ...reply, frames: after(silence, reply.frames) };
}

async function* after(
  silence: () => Promise<void>,
  frames: AsyncIterable<readonly Frame[]>,
): AsyncGenerator<readonly Frame[]> {
  await silence();
  yield* frames;
}

/** The same stream, with something that happens behind the first frame that says anything. */
function behindTheFirstWord(reply: Reply, { wire }: ProviderAttempt, happening: () => Promise<void>): Reply {
  const codec = codecFor(wire);
  async function* interrupted(frames: AsyncIterable<readonly Frame[]>): AsyncGenerator<readonly Frame[]> {
    let isWell = true;
    for await (const arrived of frames) {
      const said = isWell ? arrived.findIndex((frame) => codec.inspect(frame).meaningful) : -1;
      if (said === -1) {
        yield arrived;
        continue;
      }
      isWell = false;
      yield arrived.slice(0, said + 1);
      await happening();
      const rest = arrived.slice(said + 1);
      if (rest.length > 0) yield rest;
    }
  }
  return reply.frames === undefined ? reply : { ...reply, frames: interrupted(reply.frames) };
}

const NOT_JSON: Frame = { data: '{"id":"chatcmpl-1","choices":[{"delta":' };
const ERROR = {
  error: { message: "the server had an error", type: "server_error", param: null, code: "server_error" },
};

async function* only(frame: Frame): AsyncGenerator<readonly Frame[]> {
  yield [frame];
}

/** A stream that breaks at the first question. */
function broken(name: string): AsyncIterable<readonly Frame[]> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(cut(name)) }) };
}

function stream(frames: AsyncIterable<readonly Frame[]>): Reply {
  return { status: 200, headers: { "content-type": "text/event-stream" }, frames };
}

function body(value: object): Reply {
  return { status: 200, headers: { "content-type": "application/json" }, body: toBytes(value) };
}

function refusal(
  name: string,
  { status, headers = {}, body }: Extract<Fault, { readonly status: number }>,
  now: number,
): ProviderError {
  const told = body ?? {
    error: { message: `refused with ${status}`, type: "error", param: null, code: null },
  };
  return readFailure(name, { status, headers, body: toBytes(told) }, now);
}

function noAnswer(name: string, code: string, staleConnection = false): ProviderError {
  return new ProviderError("network", `${name} gave no answer: ${code}`, { staleConnection });
}

function brokenOff(name: string): ProviderError {
  return new ProviderError("network", `${name} broke off its answer: ECONNRESET`);
}

function cut(name: string): ProviderError {
  return new ProviderError("malformed-response", `${name} ended its stream in the middle of the answer`);
}

function malformed(name: string, what: string): ProviderError {
  const message = `${name} answered 200 with ${what} where a JSON object was expected`;
  return new ProviderError("malformed-response", message, { status: 200 });
}

function toBytes(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
