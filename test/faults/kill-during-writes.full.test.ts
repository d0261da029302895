import { it } from "vitest";
import { killDuringWrites } from "./kill-during-writes.ts";

it("loses no acknowledged context entry and keeps none by half when the process is killed (200 kills)", {
  timeout: 600_000,
}, async () => {
  await killDuringWrites({ kills: 200, seed: 2 });
});
