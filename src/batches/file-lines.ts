/** A line of a file, without its end. */
export interface FileLine {
  /** In the file, counted from 1, empty lines too. */
  readonly number: number;
  /** `undefined`: longer than was allowed. */
  readonly bytes: Uint8Array | undefined;
}

const NEWLINE = 0x0a;

/**
 * The lines of a file that are not blank, in order. However the file is cut into pieces, the lines are the same; no more
 * of it is held than one piece and one line.
 *
 * @param maxLineBytes - a longer line is given without its bytes
 */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<FileLine> {
  let number = 0;
  let begun: Uint8Array[] = [];
  let length = 0;
  const add = (part: Uint8Array): void => {
    length += part.length;
    if (length <= maxLineBytes) begun.push(part);
    else begun = [];
  };
  const complete = (): FileLine | undefined => {
    number += 1;
    const line: FileLine = { number, bytes: length > maxLineBytes ? undefined : Buffer.concat(begun) };
    begun = [];
    length = 0;
    return isBlank(line) ? undefined : line;
  };

  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      add(piece.subarray(start, end));
      start = end + 1;
      const line = complete();
      if (line !== undefined) yield line;
    }
    add(piece.subarray(start));
  }
  const last = length > 0 ? complete() : undefined;
  if (last !== undefined) yield last;
}

function isBlank({ bytes }: FileLine): boolean {
  return bytes?.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d) ?? false;
}
