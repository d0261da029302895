/**
 * One line's call. Retry and failover are the scheduler's; what it gives up on is the line's answer.
 *
 * A batch is in no hurry: a call that found no room, or failed and was told when to come back, comes back then, as its
 * caller would. Without room that goes on for as long as the batch may; each time that upstreams were asked counts, up to
 * `MOST_CALLS`.
 */
import { createHash } from "node:crypto";
import type { CallContext } from "../chat.ts";
import type { Clock } from "../clock.ts";
import { errorAnswer } from "../error-answer.ts";
import { isAllDeploymentsFailedError, isPromptCompilerError } from "../errors.ts";
import { newRequestId } from "../request-id.ts";
import { parseRecord } from "../wires/read.ts";
import type { Wire, WireRequest } from "../wires/wire.ts";
import type { BatchLine, OutputLine } from "./batch-line.ts";
import type { BatchRef } from "./batch-store.ts";

/** Makes a call, and gives its whole answer. */
export type MakeCall = (request: WireRequest, call: CallContext, callId: string) => Promise<CallAnswer>;

interface CallAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Calls of one line for which an upstream was asked. */
const MOST_CALLS = 5;

/** Where nobody says when there will be room. */
const NO_ROOM_MS = 1000;

/** The id of a line of output: the same however often it is written. */
export function outputId({ id }: BatchRef, number: number): string {
  return `batch_req_${createHash("sha256").update(`${id} ${number}`).digest("hex").slice(0, 32)}`;
}

/** What a line is asked with. */
export interface LineCall {
  readonly id: string;
  readonly wire: Wire;
  readonly context: CallContext;
  readonly clock: Clock;
  readonly makeCall: MakeCall;
  /** Aborts the call under way. */
  readonly abort: AbortSignal;
  /** Ends the wait for another one. */
  readonly leave: AbortSignal;
}

/** @returns what has become of the line; `undefined` where it was left: it has yet to be asked */
export async function askLine(line: BatchLine, call: LineCall): Promise<OutputLine | undefined> {
  const { wire, context, clock, makeCall, abort, leave } = call;
  for (let calls = 1; ; ) {
    const requestId = newRequestId();
    try {
      const request: WireRequest = { wire, body: line.body };
      const answer = await makeCall(request, { ...context, signal: abort }, requestId);
      return toOutput(line, call.id, requestId, answer);
    } catch (error) {
      if (abort.aborted) return undefined;
      const waitMs = comeBackMs(error);
      if (wasAsked(error)) calls += 1;
      if (waitMs === undefined || calls > MOST_CALLS) {
        return toOutput(line, call.id, requestId, errorAnswer(error, { wire }));
      }
      try {
        await clock.sleep(waitMs, leave);
      } catch {
        return undefined;
      }
    }
  }
}

/** When the same call is welcome again, in milliseconds; `undefined`: it would not do any better. */
function comeBackMs(error: unknown): number | undefined {
  if (!isPromptCompilerError(error)) return undefined;
  if (error.code === "PC_NO_DEPLOYMENT_AVAILABLE" || error.code === "PC_QUEUE_FULL") {
    return error.retryAfterMs ?? NO_ROOM_MS;
  }
  return isAllDeploymentsFailedError(error) && error.retryable ? error.retryAfterMs : undefined;
}

function wasAsked(error: unknown): boolean {
  return isAllDeploymentsFailedError(error);
}

function toOutput(
  { customId }: BatchLine,
  id: string,
  requestId: string,
  { status, body }: CallAnswer,
): OutputLine {
  const said = parseRecord(Buffer.from(body).toString());
  return {
    id,
    custom_id: customId,
    response: { status_code: status, request_id: requestId, body: said ?? null },
    error: null,
  };
}
