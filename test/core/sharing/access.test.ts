import { describe, expect, it } from "vitest";
import type { CallContext } from "../../../src/chat.ts";
import { callerOf, readableAudience, writtenAudience } from "../../../src/core/sharing/access.ts";

describe("callerOf", () => {
  it.each<[name: string, call: CallContext, reads: string | undefined, writes: string | undefined]>([
    ["nothing without share", { agentId: "a" }, undefined, undefined],
    ["nothing with a group but no share", { agentId: "a", group: "g", share: false }, undefined, undefined],
    ["the agent's own audience with share", { agentId: "a", share: true }, "agent", "agent"],
    [
      "the group's audience with share and a group",
      { agentId: "a", group: "g", share: true },
      "group:g",
      "group:g",
    ],
    ["reading only", { agentId: "a", group: "g", share: "read" }, "group:g", undefined],
    ["writing only", { agentId: "a", share: "write" }, undefined, "agent"],
    ["an empty group as none", { agentId: "a", group: "", share: true }, "agent", "agent"],
  ])("gives %s", (_, call, reads, writes) => {
    const caller = callerOf(call);

    expect(readableAudience(caller)).toBe(reads);
    expect(writtenAudience(caller)).toBe(writes);
  });

  it("refuses a way of sharing that there is not, instead of taking it for none", () => {
    const call = { agentId: "a", share: "yes" as unknown as true };

    expect(() => callerOf(call)).toThrow('share must be true, false, "read" or "write", got "yes"');
  });

  it("takes the tenant named default where none is named", () => {
    expect(callerOf({}).tenant).toBe("default");
    expect(callerOf({ tenant: "" }).tenant).toBe("default");
  });

  it.each<CallContext>([{ share: true }, { share: "read", agentId: "" }, { share: "write", group: "g" }])(
    "refuses to share for a call that does not say which agent it is: %o",
    (call) => {
      expect(() => callerOf(call)).toThrow(
        expect.objectContaining({
          code: "PC_INVALID_REQUEST",
          param: "agentId",
          message: expect.stringMatching(/agentId.*X-PC-Agent-ID/),
        }),
      );
    },
  );

  it.each(["tenant", "agentId", "sessionId", "group"] as const)("refuses a very long %s", (name) => {
    expect(() => callerOf({ [name]: "x".repeat(257) })).toThrow(
      expect.objectContaining({ code: "PC_INVALID_REQUEST", param: name }),
    );
  });
});
