import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { HOSTS, type Place } from "./cells.ts";
import { compatibilityPage } from "./page.ts";
import { featuresOn, PLAN } from "./plan.ts";
import { readShown } from "./shown.ts";

const root = resolve(import.meta.dirname, "../../..");
const keyOf = ({ client, route, upstream }: Place) => `${client} on ${route} over ${upstream}`;

describe("docs/compatibility.md", () => {
  it("says what the suites have shown: `npm run docs:compatibility` writes it", () => {
    const page = readFileSync(resolve(root, "docs/compatibility.md"), "utf8");

    expect(page).toBe(compatibilityPage());
  });

  it("has every client of the plan on each of its routes, with all that there can be, in both hosts", () => {
    const shown = Object.fromEntries(readShown("clients").map((row) => [keyOf(row), row.features]));

    const planned = PLAN.map((row) => [
      keyOf(row),
      Object.fromEntries(featuresOn(row.route).map((feature) => [feature, HOSTS])),
    ]);

    expect(shown).toEqual(Object.fromEntries(planned));
  });

  it("names suites that there are", () => {
    for (const { suite } of [...readShown("clients"), ...readShown("agents")]) {
      expect(existsSync(resolve(root, suite)), suite).toBe(true);
    }
  });
});
