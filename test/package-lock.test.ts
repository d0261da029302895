import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock: { readonly packages: Readonly<Record<string, LockedPackage>> } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../package-lock.json"), "utf8"),
);

describe("the lock file", () => {
  it("has every optional dependency, of other platforms too: npm ci refuses it otherwise", () => {
    const missing = Object.entries(lock.packages).flatMap(([place, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(place, name)),
    );

    expect(missing).toEqual([]);
  });

  it("names no registry: whoever installs has their own", () => {
    expect(
      Object.keys(lock.packages).filter((place) => lock.packages[place]?.resolved !== undefined),
    ).toEqual([]);
  });
});

/** Whether a package is there for one at `place`: beside it, or beside one that holds it. */
function isLocked(place: string, name: string): boolean {
  if (lock.packages[`${place === "" ? "" : `${place}/`}node_modules/${name}`]?.version !== undefined)
    return true;
  if (place === "") return false;
  return isLocked(place.slice(0, Math.max(place.lastIndexOf("/node_modules/"), 0)), name);
}
