import { describe, expect, it } from "vitest";
import { boundaryOf, modelFields } from "../../src/gateway/form-model.ts";

const part = (headers: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; ${headers}\r\n\r\n${value}\r\n`;
const fieldsOf = (...parts: string[]) =>
  modelFields(Buffer.from(`${parts.join("")}--b--\r\n`), "b").map(({ value }) => value);

describe("boundaryOf", () => {
  it.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ['multipart/form-data; charset=utf-8; boundary="a b"', "a b"],
    ["multipart/form-data", undefined],
    ["application/json; boundary=abc", undefined],
    [undefined, undefined],
  ])("of %j is %j", (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });
});

describe("modelFields", () => {
  it.each([
    [
      "before the file",
      [part('name="model"', "whisper-1"), part('name="file"; filename="a"', "RIFF")],
      ["whisper-1"],
    ],
    ["behind the file", [part('name="file"; filename="a"', "RIFF"), part('name="model"', "w")], ["w"]],
    ["without quotes", [part("name=model", "w")], ["w"]],
    ["twice", [part('name="model"', "a"), part('name="model"', "b")], ["a", "b"]],
    ["only as a file's name", [part('name="file"; filename="model"', "x")], []],
    ["only inside another value", [part('name="prompt"', 'name="model"')], []],
  ])("finds the model %s", (_, parts, expected) => {
    expect(fieldsOf(...parts)).toEqual(expected);
  });

  it("does not take a value that is cut off", () => {
    expect(modelFields(Buffer.from(part('name="model"', "whisper")), "b")).toEqual([]);
  });

  it("says where the value stands", () => {
    const bytes = Buffer.from(`${part('name="model"', "w-1")}--b--`);

    const [field] = modelFields(bytes, "b");

    expect(bytes.subarray(field!.start, field!.end).toString()).toBe("w-1");
  });
});
