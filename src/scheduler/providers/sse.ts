/**
 * Server-sent events: bytes in, frames out, by the rules of
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation.
 *
 *     bytes ──decoder──▶ text ──line breaks──▶ lines ──fields──▶ data, event ──empty line──▶ frame
 *                         │
 *                         └─ what follows the last break waits in `unfinished` for the next bytes
 *
 * Bytes may be cut anywhere. The decoder keeps a character that is cut; a carriage return ends its line at once,
 * and a line feed right behind it, be it in the next bytes, is skipped.
 *
 * A break is looked for in new text only, and the parts of a long line are joined once, when its break comes: the
 * cost is linear in the bytes, for one event of many MiB as for many events in one chunk.
 *
 * In one point this reader is kinder than the specification: an event that the end of the stream leaves without its
 * empty line is given, not dropped. Whether the stream was complete is for the wire to say.
 */

import { StringDecoder } from "node:string_decoder";
import { ProviderError } from "../../errors.ts";
import type { Frame } from "../../wires/wire.ts";

interface SseReader {
  /** The frames that these bytes complete; often none. @throws ProviderError if an event is too large */
  push(bytes: Uint8Array): Frame[];
  /** The frame that the end of the stream completes, if any. Nothing is pushed after it. */
  end(): Frame[];
}

const DEFAULT_MAX_EVENT_LENGTH = 64 * 1024 * 1024;

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Makes the reader of one stream.
 *
 * @param options.maxEventLength - the most characters (UTF-16 units) one event may have. @defaultValue 64 Mi
 */
export function createSseReader(options: { readonly maxEventLength?: number | undefined } = {}): SseReader {
  const { maxEventLength = DEFAULT_MAX_EVENT_LENGTH } = options;
  const decoder = new StringDecoder("utf8");
  let atStart = true;
  let skipLineFeed = false;
  let unfinished: string[] = [];
  let unfinishedLength = 0;
  let data: string | undefined;
  let event = "";

  const checkLength = (): void => {
    const length = unfinishedLength + (data?.length ?? 0);
    if (length <= maxEventLength) return;
    throw new ProviderError(
      "malformed-response",
      `an event of the stream is longer than ${maxEventLength} characters`,
    );
  };

  const addData = (value: string): void => {
    data = data === undefined ? value : `${data}\n${value}`;
    checkLength();
  };

  /** The line from `start` to `end`, read in place: a slice of a slice would cost as much as all the rest. */
  const readField = (text: string, start: number, end: number, frames: Frame[]): void => {
    if (start === end) {
      if (data !== undefined) frames.push(event === "" ? { data } : { data, event });
      data = undefined;
      event = "";
    } else if (text.startsWith("data:", start)) addData(valueBetween(text, start + 5, end));
    else if (text.startsWith("event:", start)) event = valueBetween(text, start + 6, end);
    else if (end - start === 4 && text.startsWith("data", start)) addData("");
    else if (end - start === 5 && text.startsWith("event", start)) event = "";
    // The rest is a comment, `id`, `retry` or a field of the future: nothing that a frame holds.
  };

  const readLine = (text: string, start: number, end: number, frames: Frame[]): void => {
    if (unfinished.length === 0) {
      readField(text, start, end, frames);
      return;
    }
    unfinished.push(text.slice(start, end));
    const line = unfinished.join("");
    unfinished = [];
    unfinishedLength = 0;
    readField(line, 0, line.length, frames);
  };

  const read = (text: string): Frame[] => {
    const frames: Frame[] = [];
    if (text === "") return frames;
    let start = 0;
    if (atStart && text.charCodeAt(0) === BYTE_ORDER_MARK) start = 1;
    if (skipLineFeed && text.charCodeAt(0) === LINE_FEED) start = 1;
    atStart = false;
    skipLineFeed = false;

    let carriageReturn = text.indexOf("\r", start);
    let lineFeed = text.indexOf("\n", start);
    while (carriageReturn !== -1 || lineFeed !== -1) {
      const byReturn = carriageReturn !== -1 && (lineFeed === -1 || carriageReturn < lineFeed);
      const end = byReturn ? carriageReturn : lineFeed;
      readLine(text, start, end, frames);
      start = end + 1;
      if (byReturn) {
        if (start === text.length) skipLineFeed = true;
        if (start === lineFeed) start += 1;
        carriageReturn = text.indexOf("\r", start);
      }
      if (lineFeed !== -1 && lineFeed < start) lineFeed = text.indexOf("\n", start);
    }

    if (start < text.length) {
      unfinished.push(text.slice(start));
      unfinishedLength += text.length - start;
      checkLength();
    }
    return frames;
  };

  return {
    push: (bytes) => read(decoder.write(bytes)),
    end: () => {
      const frames = read(decoder.end());
      if (unfinished.length > 0) readLine("", 0, 0, frames);
      readField("", 0, 0, frames);
      return frames;
    },
  };
}

/** What stands from the colon to the end, without the one space that may follow the colon. */
function valueBetween(text: string, start: number, end: number): string {
  return text.slice(start < end && text.charCodeAt(start) === SPACE ? start + 1 : start, end);
}
