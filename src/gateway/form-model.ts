/** Where a `multipart/form-data` body names its model: its bytes are looked through, and stay as they are. */

/** A field's value: bytes [start, end). */
export interface FieldSpan {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** What separates the parts, as the content type says; `undefined`: it is no such form. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const [, quoted, plain] =
    /^multipart\/form-data *;.*?boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType ?? "") ?? [];
  return quoted ?? plain;
}

/** The fields "model" that are complete in `bytes`, in order. One pass. */
export function modelFields(bytes: Buffer, boundary: string): readonly FieldSpan[] {
  const delimiter = Buffer.from(`--${boundary}`);
  const fields: FieldSpan[] = [];
  let part = bytes.indexOf(delimiter);
  while (part !== -1) {
    const headersEnd = bytes.indexOf(BLANK_LINE, part);
    if (headersEnd === -1) break;
    const start = headersEnd + BLANK_LINE.length;
    const next = bytes.indexOf(delimiter, start);
    if (next === -1) break;
    const headers = bytes.subarray(part + delimiter.length, headersEnd).toString("latin1");
    // Before the delimiter: a line break that is not the value's.
    const end = next - 2;
    if (MODEL.test(headers)) fields.push({ value: bytes.subarray(start, end).toString(), start, end });
    part = next;
  }
  return fields;
}

const BLANK_LINE = Buffer.from("\r\n\r\n");
const MODEL = /^content-disposition:[^\r\n]*[; ]name="?model"?(?:[; ]|\r|$)/im;
