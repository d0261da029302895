import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { faultPage } from "./page.ts";

it("docs/scheduling-faults.md says what the fault matrix proves: `npm run docs:faults` writes it", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../../docs/scheduling-faults.md"), "utf8");

  expect(page).toBe(faultPage());
});
