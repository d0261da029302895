import { describe, expect, it } from "vitest";
import { emptyTables } from "./tables.ts";

describe("InjectionMemo", () => {
  it("gives back what was injected for a turn, the last that was chosen", async () => {
    const { injections } = emptyTables();
    const last = { text: "<shared>2</shared>", itemIds: ["ctx_2"] };

    await injections.put("acme", "turn", { text: "<shared>1</shared>", itemIds: ["ctx_1"] });
    await injections.put("acme", "turn", last);

    expect(await injections.get("acme", "turn")).toEqual(last);
  });

  it("remembers for one tenant and one turn", async () => {
    const { injections } = emptyTables();
    await injections.put("acme", "turn", { text: "1", itemIds: [] });

    expect(await injections.get("other", "turn")).toBeUndefined();
    expect(await injections.get("acme", "other")).toBeUndefined();
  });

  it("forgets after a day", async () => {
    const { injections, clock } = emptyTables();
    await injections.put("acme", "turn", { text: "1", itemIds: [] });

    await clock.advance(24 * 60 * 60 * 1000);

    expect(await injections.get("acme", "turn")).toBeUndefined();
  });
});
