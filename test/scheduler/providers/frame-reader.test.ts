import { describe, expect, it } from "vitest";
import { createFrameReader } from "../../../src/scheduler/providers/frame-reader.ts";
import { codecFor } from "../../../src/wires/index.ts";
import { openaiStream } from "../../fixtures/openai-streams.ts";
import { toEvent } from "../../upstream.ts";

const create = () => createFrameReader(codecFor("chat"), "test", () => false);
const encode = (...events: (object | string)[]): Uint8Array =>
  new TextEncoder().encode(events.map(toEvent).join(""));

const [role, said] = openaiStream as readonly object[];
const finish = openaiStream.at(-3) as object;
const usage = openaiStream.at(-2) as object;
const extension = { id: "x", object: "chat.completion.chunk", choices: [], vendor: true };

describe("createFrameReader", () => {
  it("is done at the sentinel, and ignores what follows it (wire 34)", () => {
    const reader = create();

    const frames = reader.push(encode(said!, "[DONE]", said!));

    expect(frames).toHaveLength(2);
    expect(reader.done).toBe(true);
  });

  it.each<[what: string, events: (object | string)[]]>([
    ["after the finish", [role!, said!, finish]],
    ["after usage behind the finish", [said!, finish, usage]],
    ["after seven frames behind the finish that say nothing", [said!, finish, ...Array(7).fill(extension)]],
  ])("takes an end %s as complete (wire 29)", (_what, events) => {
    const apart = create();
    for (const event of events) apart.push(encode(event));
    const together = create();
    together.push(encode(...events));

    expect(apart.end(undefined)).toEqual([]);
    expect(together.end(undefined)).toEqual([]);
  });

  it.each<[what: string, events: (object | string)[]]>([
    ["nothing", []],
    ["a role", [role!]],
    ["a piece of the answer", [role!, said!]],
    ["a piece of another choice, behind the finish of the first", [said!, finish, said!]],
    ["a usage count without a finish", [said!, usage]],
  ])("fails as malformed-response where the stream ends after %s (defect 7)", (_what, events) => {
    const reader = create();
    reader.push(encode(...events));

    expect(() => reader.end(undefined)).toThrow(
      expect.objectContaining({
        kind: "malformed-response",
        message: "test ended its stream in the middle of the answer",
      }),
    );
  });
});
