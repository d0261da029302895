import { type FailureKind, ProviderError } from "../errors.ts";
import type { FrameFacts } from "../wires/wire.ts";
import { failureKind } from "./providers/failure-kind.ts";

/** A code, not a sentence, which may quote the prompt, nor a key, which has digits and dashes. */
const CODE = /^(?:[A-Za-z][A-Za-z_.]{0,63}|\d{1,5})$/;
const STATUS = /^[45]\d\d$/;

/** What a vendor with a status to give would have given 400 for. */
const OF_THE_REQUEST: ReadonlySet<FailureKind> = new Set([
  "content-policy",
  "context-length-exceeded",
  "invalid-request",
]);

/**
 * The failure that an upstream reported inside its 200. What it said is judged, and not repeated in the message; it is
 * the `reply`, to be relayed to the caller.
 *
 * @param said - the body, or the frame's data, in which the error came
 */
export function errorInside(
  { message, code }: NonNullable<FrameFacts["error"]>,
  said: string,
  deployment: string,
): ProviderError {
  const told = code !== undefined && CODE.test(code) ? code : undefined;
  // Some vendors give the HTTP status they would have sent as the code; without one the fault is the upstream's own.
  const given = told !== undefined && STATUS.test(told) ? Number(told) : undefined;
  const kind = failureKind({ status: given ?? 500, codes: told === undefined ? [] : [told], message });
  const status = given ?? (OF_THE_REQUEST.has(kind) ? 400 : 500);
  return new ProviderError(kind, `deployment "${deployment}" reported ${kind} inside its 200`, {
    upstreamCode: told,
    reply: { status, headers: {}, body: Buffer.from(said) },
  });
}
