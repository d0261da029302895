import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editRequest, RawJson } from "../../src/wires/edit.ts";
import type { WireRequest } from "../../src/wires/wire.ts";

describe("editRequest", () => {
  it("changes one field and leaves every other byte as the caller wrote it", () => {
    const request = fromText(
      '{ "model" : "a",\n\t"temperature": 1.0, "seed":12345678901234567890, "x":{"model":"b"} }',
    );

    const edited = editRequest(request, { set: { model: "c" } });

    expect(textOf(edited)).toBe(
      '{ "model" : "c",\n\t"temperature": 1.0, "seed":12345678901234567890, "x":{"model":"b"} }',
    );
    expect(edited.body.model).toBe("c");
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

  it("keeps body and bytes the same for any object and any edit", () => {
    const key = fc.oneof(
      fc.constantFrom("model", "pc", "messages", 'a"b', "__proto__x", "ключ"),
      fc.string(),
    );
    const object = fc.dictionary(key, fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(
        object,
        object,
        fc.array(key),
        fc.constantFrom(undefined, 1, "\t"),
        (body, set, remove, space) => {
          const edited = editRequest(fromText(JSON.stringify(body, null, space)), { set, remove });

          expect(JSON.parse(textOf(edited))).toEqual(JSON.parse(JSON.stringify(edited.body)));
        },
      ),
    );
  });
});

function fromText(text: string): WireRequest {
  return { wire: "chat", body: JSON.parse(text), source: Buffer.from(text) };
}

function textOf(request: WireRequest): string {
  return Buffer.from(request.source!).toString();
}
