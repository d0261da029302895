import fc from "fast-check";

const codePoint = fc
  .oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  )
  .map((code) => String.fromCodePoint(code));

/** Any text that UTF-8 can say, control characters and emoji included. (fast-check's own "binary" unit takes a second to set up.) */
export const anyText: fc.Arbitrary<string> = fc
  .array(codePoint, { maxLength: 10 })
  .map((units) => units.join(""));
