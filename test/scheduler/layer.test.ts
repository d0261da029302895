import { expect, it } from "vitest";
import { compose, type Layer, type Run } from "../../src/scheduler/layer.ts";
import { givenCall } from "./given.ts";

const refuses: Run = async () => {
  throw new Error("innermost");
};

it("puts the first layer outermost and leaves out those that are off", async () => {
  const seen: string[] = [];
  const named =
    (name: string): Layer =>
    (next) =>
    (call) => {
      seen.push(name);
      return next(call);
    };

  await expect(
    compose([named("cache"), undefined, named("admission")], refuses)(givenCall()),
  ).rejects.toThrow("innermost");

  expect(seen).toEqual(["cache", "admission"]);
});

it("is the innermost itself where every layer is off", () => {
  expect(compose([undefined, undefined], refuses)).toBe(refuses);
});
