import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editJson, editRequest, RawJson } from "../../src/wires/edit.ts";
import type { WireRequest } from "../../src/wires/wire.ts";

const key = fc.oneof(
  fc.constantFrom(
    "model",
    "pc",
    "messages",
    'a"b',
    "a\\",
    "__proto__",
    "constructor",
    "0",
    "",
    "\ud800",
    "ключ",
  ),
  fc.string({ unit: "binary" }),
);

/** Between the signs of a JSON text. */
const space = fc.constantFrom("", "", " ", "\n", "\t", " \r\n ");

/** A value as JSON in some spelling, with what might lead a scanner astray. */
const valueText = fc.oneof(
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.jsonValue().map((value) => JSON.stringify(value, null, "\t")),
  fc.constantFrom(
    "1e999",
    "-0",
    "12345678901234567890",
    '"\\u0022}"',
    '"\\\\"',
    '"\\\\\\""',
    "[ ]",
    "{ }",
    '[{"]":"}"}]',
  ),
);

/** An object as JSON, each key once, white space wherever it may be. */
const jsonText = fc
  .tuple(
    fc.uniqueArray(fc.tuple(key, valueText), { selector: ([name]) => name }),
    fc.array(space, { minLength: 1 }),
  )
  .map(([fields, spaces]) => {
    let next = 0;
    const pad = (): string => spaces[next++ % spaces.length] ?? "";
    const written = fields.map(
      ([name, value]) => `${pad()}${JSON.stringify(name)}${pad()}:${pad()}${value}${pad()}`,
    );
    return `${pad()}{${fields.length === 0 ? pad() : written.join(",")}}${pad()}`;
  });

describe("editRequest", () => {
  it("changes one field and leaves every other byte as the caller wrote it", () => {
    const request = fromText(
      '{ "model" : "a",\n\t"temperature": 1.0, "seed":12345678901234567890, "x":{"model":"b"} }',
    );

    const edited = editRequest(request, { set: { model: "c" } });

    expect(textOf(edited)).toBe(
      '{ "model" : "c",\n\t"temperature": 1.0, "seed":12345678901234567890, "x":{"model":"b"} }',
    );
    expect(edited.body["model"]).toBe("c");
  });

  it.each([
    ["the first", '{"a":1,"b":2,"c":3}', "a", '{"b":2,"c":3}'],
    ["a middle one", '{"a":1, "b":2, "c":3}', "b", '{"a":1, "c":3}'],
    ["the last", '{"a":1,"b":2,"c":3}', "c", '{"a":1,"b":2}'],
  ])("takes out %s of the fields with its comma", (_which, text, key, expected) => {
    expect(textOf(editRequest(fromText(text), { remove: [key] }))).toBe(expected);
  });

  it("takes out the only field", () => {
    expect(textOf(editRequest(fromText(' {"a":"}"} '), { remove: ["a"] }))).toBe(" {} ");
  });

  it("adds a field that is not there, behind the others", () => {
    expect(textOf(editRequest(fromText('{"a":[1,{"b":"\\"]"}]}'), { set: { c: true } }))).toBe(
      '{"a":[1,{"b":"\\"]"}],"c":true}',
    );
    expect(textOf(editRequest(fromText("{}"), { set: { c: true } }))).toBe('{"c":true}');
  });

  it("writes raw JSON as it is", () => {
    const raw = new RawJson(Buffer.from("[ 1.0 ]"), [1]);

    const edited = editRequest(fromText('{"a":0}'), { set: { a: raw } });

    expect(textOf(edited)).toBe('{"a":[ 1.0 ]}');
    expect(edited.body).toEqual({ a: [1] });
  });

  it("gives the request itself back where there is nothing to do", () => {
    const request = fromText('{"a":1}');

    expect(editRequest(request, { remove: ["b"] })).toBe(request);
    expect(editRequest(request, {})).toBe(request);
  });

  it("lets the bytes go where a key stands twice, since readers disagree on which counts", () => {
    const edited = editRequest(fromText('{"model":"a","model":"b"}'), { set: { stream: true } });

    expect(edited.source).toBeUndefined();
    expect(edited.body).toEqual({ model: "b", stream: true });
  });

  it("gives what reading, editing and writing gives, for any JSON text and any edit", () => {
    fc.assert(
      fc.property(jsonText, fc.dictionary(key, fc.jsonValue()), fc.array(key), (text, set, remove) => {
        const edited = editRequest(fromText(text), { set, remove });

        const kept = Object.entries(JSON.parse(text)).filter(([name]) => !remove.includes(name));
        const expected = fieldsOf(Object.fromEntries([...kept, ...Object.entries(set)]));
        expect(fieldsOf(JSON.parse(textOf(edited)))).toBe(expected);
        expect(fieldsOf(edited.body)).toBe(expected);
      }),
    );
  });

  // Takes a second or so; in quadratic time it would be minutes, and run out of its own.
  it("takes time in proportion to the text: three hundred thousand fields", () => {
    const fields = Array.from({ length: 300_000 }, (_value, index) => `"k${index}":${index}`);
    const request = fromText(`{${fields.join(",")},"pc":1}`);

    const edited = editRequest(request, { set: { model: "m" }, remove: ["pc"] });

    expect(textOf(edited)).toBe(`{${fields.join(",")},"model":"m"}`);
  }, 60_000);

  it.each([
    ["brackets", "[".repeat(100_000) + "]".repeat(100_000)],
    ["escapes", JSON.stringify('\\"'.repeat(100_000))],
    ["backslashes", JSON.stringify("\\".repeat(200_001))],
    ["brackets in a string", JSON.stringify("[{".repeat(100_000))],
  ])("finds its way past a hundred thousand %s", (_what, value) => {
    const edited = editJson(Buffer.from(`{"x":${value},"pc":{},"y":1}`), { set: { y: 2 }, remove: ["pc"] });

    expect(Buffer.from(edited!).toString()).toBe(`{"x":${value},"y":2}`);
  });

  it("is not led astray by a byte order mark, which an upstream may put before its answer", () => {
    const edited = editJson(Buffer.from('\ufeff{"a":1}'), { set: { pc: {} } });

    expect(Buffer.from(edited!).toString()).toBe('\ufeff{"a":1,"pc":{}}');
  });
});

function fromText(text: string): WireRequest {
  return { wire: "chat", body: JSON.parse(text), source: Buffer.from(text) };
}

/** All that an object says but the order of its fields, written so that two can be compared. */
function fieldsOf(body: object): string {
  return JSON.stringify(Object.entries(body).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function textOf(request: WireRequest): string {
  return Buffer.from(request.source!).toString();
}
