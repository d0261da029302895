/**
 * Where things stand in a JSON text: byte positions of an object's members and an array's elements, so that a
 * request can be changed in one place while every other byte stays as the caller wrote it.
 *
 * The text must be valid JSON (it has been through `JSON.parse`). One pass; strings, the bulk of a prompt, are
 * skipped by a native search for their closing quote.
 */
import { decodeText } from "./read.ts";

/** Bytes [start, end). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Member {
  readonly key: string;
  /** From the key's opening quote. */
  readonly start: number;
  readonly value: Span;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** The members of the object that is the whole text, in order; a key given twice is there twice. */
export function objectMembers(source: Uint8Array): readonly Member[] {
  const members: Member[] = [];
  // Whatever stands before it, a byte order mark for one, is no brace.
  let position = skipSpace(source, source.indexOf(OPEN_BRACE) + 1);
  while (source[position] !== CLOSE_BRACE) {
    const start = position;
    const keyEnd = skipString(source, start);
    // Behind the key: space, a colon, space.
    const valueStart = skipSpace(source, skipSpace(source, keyEnd) + 1);
    const valueEnd = skipValue(source, valueStart);
    members.push({
      key: JSON.parse(decode(source, { start, end: keyEnd })),
      start,
      value: { start: valueStart, end: valueEnd },
    });
    position = skipSeparator(source, valueEnd);
  }
  return members;
}

/** The elements of the array that stands at `array`, in order. */
export function arrayElements(source: Uint8Array, array: Span): readonly Span[] {
  const elements: Span[] = [];
  let position = skipSpace(source, array.start + 1);
  while (source[position] !== CLOSE_BRACKET) {
    const end = skipValue(source, position);
    elements.push({ start: position, end });
    position = skipSeparator(source, end);
  }
  return elements;
}

function decode(source: Uint8Array, span: Span): string {
  return decodeText(source.subarray(span.start, span.end));
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function skipSpace(source: Uint8Array, from: number): number {
  let position = from;
  while (isSpace(source[position])) position += 1;
  return position;
}

/** Past a comma and the space around it, or up to the closing bracket. */
function skipSeparator(source: Uint8Array, from: number): number {
  const position = skipSpace(source, from);
  return source[position] === COMMA ? skipSpace(source, position + 1) : position;
}

function skipString(source: Uint8Array, openingQuote: number): number {
  let closing = source.indexOf(QUOTE, openingQuote + 1);
  while (isEscaped(source, closing)) closing = source.indexOf(QUOTE, closing + 1);
  return closing + 1;
}

/** A quote is escaped if an odd number of backslashes stands before it. */
function isEscaped(source: Uint8Array, quote: number): boolean {
  let before = quote - 1;
  while (source[before] === BACKSLASH) before -= 1;
  return (quote - before) % 2 === 0;
}

function skipValue(source: Uint8Array, from: number): number {
  const first = source[from];
  if (first === QUOTE) return skipString(source, from);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(source, from);
  let position = from;
  while (position < source.length && !endsLiteral(source[position])) position += 1;
  return position;
}

function endsLiteral(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);
}

function skipNested(source: Uint8Array, from: number): number {
  let depth = 0;
  let position = from;
  do {
    const byte = source[position];
    if (byte === QUOTE) {
      position = skipString(source, position);
      continue;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    position += 1;
  } while (depth > 0);
  return position;
}
