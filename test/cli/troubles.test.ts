import { describe, expect, it } from "vitest";
import { warnOfDegraded, warnOfUnforeseen } from "../../src/cli/troubles.ts";
import { PromptCompilerError } from "../../src/errors.ts";
import { FakeClock } from "../fake-clock.ts";
import { recordedTerminal } from "./terminal.ts";

const locked = new PromptCompilerError("PC_STORAGE_UNAVAILABLE", "storage directory /data is in use");
const noStorage = { type: "degraded", callId: undefined, what: "storage", error: locked } as const;

describe("warnOfDegraded", () => {
  it("says what calls do without, and why, once a minute", async () => {
    const terminal = recordedTerminal();
    const clock = new FakeClock();
    const listen = warnOfDegraded(terminal, clock);

    listen(noStorage);
    listen(noStorage);
    await clock.advance(60_000);
    listen(noStorage);

    const told = "warning: calls go on without shared context: storage directory /data is in use";
    expect(terminal.warned).toEqual([told, told]);
  });

  it("says each consequence for itself", () => {
    const terminal = recordedTerminal();
    const listen = warnOfDegraded(terminal, new FakeClock());

    listen(noStorage);
    listen({ ...noStorage, callId: "req_1", what: "capture" });

    expect(terminal.warned).toHaveLength(2);
    expect(terminal.warned[1]).toContain("what was said in a call was not kept");
  });

  it("says nothing of all other events", () => {
    const terminal = recordedTerminal();

    warnOfDegraded(
      terminal,
      new FakeClock(),
    )({
      type: "context-captured",
      callId: "req_1",
      entries: 2,
      secretsRemoved: 0,
    });

    expect(terminal.warned).toEqual([]);
  });
});

describe("warnOfUnforeseen", () => {
  it("names the request, the error and where it was thrown, and none of its words", () => {
    const terminal = recordedTerminal();

    warnOfUnforeseen(terminal)(new RangeError("my secret prompt"), { requestId: "req_1" });

    expect(terminal.warned.join()).toMatch(/^error: req_1: RangeError\n\s+at .*troubles\.test\.ts/);
    expect(terminal.warned.join()).not.toContain("secret");
  });
});
