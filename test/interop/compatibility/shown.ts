import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { TestModule } from "vitest/node";
import type { Feature, Host, Place } from "./cells.ts";
import { CLIENTS } from "./plan.ts";

/** What one suite shows of a client on a route. */
export interface ShownRow extends Place {
  readonly suite: string;
  /** Package → version that it was shown with. */
  readonly versions: Readonly<Record<string, string>>;
  readonly features: Readonly<Partial<Record<Feature, readonly Host[]>>>;
}

/** Coding agents are run by a command of their own, so what they show has a file of its own. */
export type Kind = "clients" | "agents";

/** What was shown when the command of that kind was run last. */
export function readShown(kind: Kind): readonly ShownRow[] {
  return JSON.parse(readFileSync(pathOf(kind), "utf8"));
}

/** Puts what suites show now in the place of what they showed before. */
export function keepShown(kind: Kind, suites: readonly string[], rows: readonly ShownRow[]): void {
  const others = readShown(kind).filter(({ suite }) => !suites.includes(suite));
  writeFileSync(pathOf(kind), `${JSON.stringify(sorted([...others, ...rows]), undefined, 2)}\n`);
}

/** What the tests of a suite declare, whole; with `passed`, what those that passed do. */
export function rowsOf(module: TestModule, state?: "passed"): readonly ShownRow[] {
  const suite = module.relativeModuleId;
  const rows = new Map<string, ShownRow & { readonly features: Partial<Record<Feature, Host[]>> }>();
  for (const test of module.children.allTests(state)) {
    for (const { feature, host, client, route, upstream, versions = versionsOf(client) } of test.meta()
      .cells ?? []) {
      const key = [client, route, upstream].join();
      const row = rows.get(key) ?? { client, route, upstream, suite, versions, features: {} };
      rows.set(key, row);
      row.features[feature] = [...new Set([...(row.features[feature] ?? []), host])].sort();
    }
  }
  return sorted([...rows.values()]);
}

/** In an order that depends on nothing but the rows. */
function sorted(rows: readonly ShownRow[]): readonly ShownRow[] {
  const keyOf = ({ client, route, upstream, suite }: ShownRow) => [client, route, upstream, suite].join();
  return rows.toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

function versionsOf(client: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (CLIENTS[client] ?? []).map((name) => {
      const path = resolve(import.meta.dirname, "../../../node_modules", name, "package.json");
      return [name, JSON.parse(readFileSync(path, "utf8")).version];
    }),
  );
}

function pathOf(kind: Kind): string {
  return resolve(import.meta.dirname, kind === "agents" ? "shown-by-agents.json" : "shown.json");
}
