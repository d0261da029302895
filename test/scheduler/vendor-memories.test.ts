import { describe, expect, it } from "vitest";
import { VendorMemories } from "../../src/scheduler/vendor-memories.ts";
import { FakeClock } from "../fake-clock.ts";

const given = () => {
  const clock = new FakeClock();
  return { clock, memories: new VendorMemories(clock) };
};

describe("VendorMemories", () => {
  it("gives back what was kept with a tool call", () => {
    const { memories } = given();

    memories.of("t", "chat").set("call_1", { signature: "abc" });

    expect(memories.of("t", "chat").get("call_1")).toEqual({ signature: "abc" });
  });

  it.each([
    ["another tenant", "u", "chat", "call_1"],
    ["a vendor of another wire (defect 35)", "t", "completions", "call_1"],
    ["another tool call", "t", "chat", "call_2"],
  ] as const)("gives nothing of it to %s", (_who, tenant, wire, id) => {
    const { memories } = given();
    memories.of("t", "chat").set("call_1", { signature: "abc" });

    expect(memories.of(tenant, wire).get(id)).toBeUndefined();
  });

  it("takes no tenant and a tenant of that name for two", () => {
    const { memories } = given();
    memories.of(undefined, "chat").set("call_1", 1);

    expect(memories.of("undefined", "chat").get("call_1")).toBeUndefined();
  });

  it("forgets after an hour", async () => {
    const { clock, memories } = given();
    memories.of("t", "chat").set("call_1", 1);

    await clock.advance(60 * 60 * 1000 + 1);

    expect(memories.of("t", "chat").get("call_1")).toBeUndefined();
  });

  it("keeps to its bytes: what was not asked for longest goes first (defect 65)", () => {
    const { memories } = given();
    const memory = memories.of("t", "chat");
    const megabyte = "x".repeat(1024 * 1024);

    for (let number = 0; number < 40; number++) memory.set(`call_${number}`, megabyte);

    expect(memory.get("call_0")).toBeUndefined();
    expect(memory.get("call_39")).toBe(megabyte);
  });
});
