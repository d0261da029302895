/**
 * A recording: what a provider was asked and how it answered, an attempt a line of JSON.
 *
 *     { provider, wire, request, reply }                     a whole answer
 *     { provider, wire, request, reply with frames, ending } a stream, with the moment of every arrival
 *     { provider, wire, request, failure }                   no answer
 *
 * What is in no recording: the headers of the request, keys, and of the answer's headers all but those that say what it
 * is and when to come back. The conversation itself is in it, as it was.
 */

import { type FailureKind, ProviderError } from "../../errors.ts";
import { isRecord } from "../../wires/read.ts";
import type { Frame, Wire, WireBody } from "../../wires/wire.ts";

/** One attempt, as it is kept. All times are in milliseconds from its beginning. */
export interface RecordedAttempt {
  /** Name of the provider that was recorded. */
  readonly provider: string;
  readonly wire: Wire;
  readonly request: WireBody;
  /** When the answer's headers were there, or it was clear that there would be none. */
  readonly atMs: number;
  readonly failure?: RecordedFailure | undefined;
  readonly reply?: RecordedReply | undefined;
}

export type RecordedReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
} & (
  | { readonly body: RecordedBytes; readonly frames?: undefined }
  | {
      readonly body?: undefined;
      /** What arrived together, in order. */
      readonly frames: readonly RecordedFrames[];
      readonly ending: RecordedEnding;
    }
);

export interface RecordedFrames {
  readonly atMs: number;
  readonly frames: readonly Frame[];
}

/** How a stream ended: by itself, by a failure, or because its reader left. */
export type RecordedEnding =
  | { readonly atMs: number; readonly failure?: RecordedFailure | undefined }
  | "left";

export interface RecordedFailure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly upstreamCode?: string | undefined;
  readonly staleConnection?: boolean | undefined;
  readonly reply?:
    | {
        readonly status: number;
        readonly headers: Readonly<Record<string, string>>;
        readonly body: RecordedBytes;
      }
    | undefined;
}

/** Bytes: as text where they are UTF-8, for people to read. */
type RecordedBytes = { readonly text: string } | { readonly base64: string };

export function toRecordedFailure(error: ProviderError): RecordedFailure {
  const { kind, message, status, retryAfterMs, upstreamCode, staleConnection, reply } = error;
  return {
    kind,
    message,
    status,
    retryAfterMs,
    upstreamCode,
    ...(staleConnection && { staleConnection }),
    ...(reply && {
      reply: { ...reply, headers: tellingHeaders(reply.headers), body: toRecordedBytes(reply.body) },
    }),
  };
}

/** The same failure as it was. */
export function toProviderError({ kind, message, reply, ...facts }: RecordedFailure): ProviderError {
  return new ProviderError(kind, message, {
    ...facts,
    reply: reply && { ...reply, body: fromRecordedBytes(reply.body) },
  });
}

/** What the answer is, and when to come back. */
const TELLING = [
  "content-type",
  "retry-after",
  "retry-after-ms",
  "x-ms-retry-after-ms",
  "x-should-retry",
] as const;

export function tellingHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    TELLING.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}

export function toRecordedBytes(bytes: Uint8Array): RecordedBytes {
  const text = Buffer.from(bytes).toString();
  return Buffer.from(text).equals(bytes) ? { text } : { base64: Buffer.from(bytes).toString("base64") };
}

export function fromRecordedBytes(bytes: RecordedBytes): Uint8Array {
  return "text" in bytes ? Buffer.from(bytes.text) : Buffer.from(bytes.base64, "base64");
}

/** The attempts in a recording's text. @throws TypeError naming the first line that is none */
export function parseRecording(text: string, where: string): readonly RecordedAttempt[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      const attempt: unknown = JSON.parse(line);
      if (isRecord(attempt) && isRecord(attempt["request"]) && typeof attempt["wire"] === "string") {
        return [attempt as unknown as RecordedAttempt];
      }
    } catch {
      // Told below, without the parser's words: they quote the line.
    }
    throw new TypeError(`replay: line ${index + 1} of ${where} is not a recorded attempt`);
  });
}
