/**
 * Every failure as the SDKs of the called wire expect it: the gateway's own refusals with the status they were given,
 * everything else as `error-answer.ts` tells it.
 */
import {
  type Audience,
  type ErrorAnswer,
  errorAnswer,
  failed,
  INVALID,
  spell,
  type ToldFailure,
} from "../error-answer.ts";
import { isPromptCompilerError } from "../errors.ts";
import { codecFor } from "../wires/index.ts";
import { decodeText, parseRecord } from "../wires/read.ts";
import type { Frame, SentFrames, Wire } from "../wires/wire.ts";
import { RequestRefusedError } from "./refusal.ts";

export function toErrorAnswer(error: unknown, audience: Audience): ErrorAnswer {
  return error instanceof RequestRefusedError
    ? spell(refused(error), audience)
    : errorAnswer(error, audience);
}

function refused(error: RequestRefusedError): ToldFailure {
  const { status } = error;
  const type = status >= 500 ? "server_error" : INVALID;
  const told = failed({ status, type, code: null }, error.message, error);
  return { ...told, headers: { ...told.headers, ...error.headers } };
}

/** Whether nobody foresaw it: what `onError` hears of. */
export function isUnforeseen(error: unknown): boolean {
  return !isPromptCompilerError(error) && !(error instanceof Error && error.name === "TimeoutError");
}

/** A failure as the frames that end a stream of `wire` (wire 28). */
export function toErrorFrames({ body }: ErrorAnswer, sent: SentFrames, wire: Wire): readonly Frame[] {
  return codecFor(wire).errorFrames(parseRecord(decodeText(body)) ?? {}, sent);
}
