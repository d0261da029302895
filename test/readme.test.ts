import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const readme = readFileSync("README.md", "utf8");
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

const matches = (pattern: RegExp): readonly string[] =>
  Array.from(readme.matchAll(pattern), ([, found]) => found ?? "");

describe("README.md", () => {
  it.each(matches(/`(test\/[\w./-]+)`/g))("names a test that is there: %s", (path) => {
    expect(existsSync(path)).toBe(true);
  });

  it.each(matches(/\]\((?!https?:)([^)#]+)\)/g))("links to a page that is there: %s", (path) => {
    expect(existsSync(path)).toBe(true);
  });

  it.each(matches(/npm (?:run )?((?!(?:ci|run|pack|install)\b)[a-z][\w:]*)/g))(
    "names a script that is there: %s",
    (script) => {
      expect(Object.keys(scripts)).toContain(script);
    },
  );

  it("names every header that the gateway reads, and none besides", async () => {
    const { callFields } = await import("../src/gateway/call-fields.ts");

    const named = matches(/`(X-PC-[\w-]+)[`:]/g);

    expect(new Set(named)).toEqual(new Set(callFields.map(({ header }) => header)));
  });
});
