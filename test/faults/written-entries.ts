import type { ItemOwner, NewItem } from "../../src/core/sharing/item-store.ts";

/** Who writes in the kill test. */
export const WRITER: ItemOwner = { tenant: "acme", agentId: "planner" };

/** What put number `number` puts: three items of different sizes, the last larger than a block of LevelDB. */
export function entriesOf(number: number): readonly NewItem[] {
  return [10, 500, 20_000].map((length, index) => ({
    sessionId: "s1",
    audience: index === 1 ? "group:trip" : "agent",
    role: "note",
    content: `put ${number} item ${index} `.padEnd(length, String.fromCharCode(97 + (number % 26))),
  }));
}

/** How many puts later a put is forgotten again. */
export const FORGOTTEN_AFTER = 5;
