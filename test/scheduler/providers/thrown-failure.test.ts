import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { FailureKind } from "../../../src/errors.ts";
import { failureIn } from "../../../src/scheduler/providers/thrown-failure.ts";
import { answers, FakeUpstream } from "../fake-upstream.ts";
import { failure, givenCall, givenScheduler } from "../given.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const overloaded = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
const withCode = (code: string): Error => Object.assign(new Error("failed"), { code });

describe("failureIn", () => {
  it.each<[string, unknown, FailureKind]>([
    ["an error of the openai package", Object.assign(new Error("503 busy"), { status: 503 }), "overloaded"],
    ["an error of the AI SDK", Object.assign(new Error("x"), { statusCode: 401 }), "unauthorized"],
    ["an error of axios", Object.assign(new Error("x"), { response: { status: 500 } }), "server-error"],
    ["a plain object", { status: 429 }, "rate-limited"],
    ["Anthropic's error event, which has no status", overloaded, "overloaded"],
    [
      "the same inside an error",
      Object.assign(new Error("x"), { status: 529, error: overloaded }),
      "overloaded",
    ],
    [
      "a code that says more than its status",
      { status: 400, code: "context_length_exceeded" },
      "context-length-exceeded",
    ],
    [
      "words that say more than their status",
      Object.assign(new Error("prompt is too long"), { status: 400 }),
      "context-length-exceeded",
    ],
    [
      "an error of another realm",
      runInNewContext('Object.assign(new Error("x"), { status: 502 })'),
      "server-error",
    ],
    ["a connection that broke", withCode("ECONNRESET"), "network"],
    [
      "what fetch makes of one",
      new TypeError("fetch failed", { cause: withCode("ECONNREFUSED") }),
      "network",
    ],
  ])("tells %s by what it has (defect 27)", (_, thrown, kind) => {
    expect(failureIn(thrown, "mine", NOW)).toMatchObject({ code: "PC_PROVIDER_FAILED", kind });
  });

  it.each<[string, unknown]>([
    ["a mistake", new TypeError("x is not a function")],
    ["a status that is none", { status: "failed" }],
    ["a success", { status: 200 }],
    ["a text", "overloaded"],
    ["nothing", undefined],
  ])("finds no failure of an upstream in %s", (_, thrown) => {
    expect(failureIn(thrown, "mine", NOW)).toBeUndefined();
  });

  it("ends where an error is its own cause", () => {
    const circular: Error = new Error("x");
    circular.cause = circular;

    expect(failureIn(circular, "mine", NOW)).toBeUndefined();
  });

  it.each([
    ["a Headers", new Headers({ "Retry-After": "7" })],
    ["an object", { "Retry-After": "7" }],
  ])("reads the wait from %s (defect 22)", (_, headers) => {
    expect(failureIn({ status: 429, headers }, "mine", NOW)).toMatchObject({ retryAfterMs: 7_000 });
  });

  it("gives our own failures as they are, and repeats no word of others (defect 80)", () => {
    const own = failure("timeout");
    const told = failureIn({ status: 400, message: "the prompt was: secret" }, "mine", NOW)!;

    expect(failureIn(own, "mine", NOW)).toBe(own);
    expect(told.message).toBe('deployment "mine" failed with 400 invalid-request');
  });
});

describe("a provider of the host's own that throws what its SDK threw", () => {
  it("fails over like any other, and is left alone meanwhile (defect 27)", async () => {
    const mine = new FakeUpstream(async () => {
      throw overloaded;
    });
    const { scheduler, events, inFlight } = givenScheduler([mine, new FakeUpstream(answers())]);

    const { deployment } = await scheduler.run(givenCall());

    expect(deployment).toBe("b");
    expect(events.find(({ type }) => type === "attempt-end")).toMatchObject({ failure: "overloaded" });
    expect(events.find(({ type }) => type === "cooldown")).toMatchObject({ deployment: "a" });
    expect(inFlight()).toBe(0);
  });
});
