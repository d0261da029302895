import { describe, expect, it } from "vitest";
import { parseCacheControl } from "../../../src/scheduler/cache/cache-control.ts";

describe("parseCacheControl", () => {
  it.each([
    ["default", { mode: "default", maxAgeSeconds: undefined }],
    ["no-cache", { mode: "no-cache", maxAgeSeconds: undefined }],
    ["No-Store", { mode: "no-store", maxAgeSeconds: undefined }],
    ["only-if-cached; max-age=60", { mode: "only-if-cached", maxAgeSeconds: 60 }],
    ["default;max-age=0", { mode: "default", maxAgeSeconds: 0 }],
    ["max-age=60", { mode: "default", maxAgeSeconds: 60 }],
  ])("reads %j", (text, expected) => {
    expect(parseCacheControl(text)).toEqual(expected);
  });

  it.each(["", "private", "no-cache, no-store", "max-age", "max-age=-1", "default max-age=1"])(
    "does not read %j",
    (text) => {
      expect(parseCacheControl(text)).toBeUndefined();
    },
  );
});
