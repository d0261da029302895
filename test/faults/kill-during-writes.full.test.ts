import { it } from "vitest";
import { killDuringWrites } from "./kill-during-writes.ts";

it("loses no acknowledged context entry and keeps none by half when the process is killed (24 kills)", async () => {
  await killDuringWrites({ kills: 24, seed: 2 });
});
