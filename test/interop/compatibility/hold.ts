import { isDeepStrictEqual } from "node:util";
import type { Reporter, TestModule } from "vitest/node";
import { readShown, rowsOf, type ShownRow } from "./shown.ts";

/** Fails a run in which a suite declares other cells than are kept of it; a suite of which nothing ran is left alone. */
export default class CompatibilityHolder implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const kept = [...readShown("clients"), ...readShown("agents")];
    for (const module of modules.filter(({ children }) => children.size > 0)) {
      const suite = module.relativeModuleId;
      const before = kept.filter((row) => row.suite === suite);
      if (isDeepStrictEqual(rowsOf(module).map(cellsOf), before.map(cellsOf))) continue;
      process.stderr.write(
        `${suite} shows other cells than docs/compatibility.md says: npm run docs:compatibility\n`,
      );
      process.exitCode = 1;
    }
  }
}

/** Without the versions: a newer client alone makes nothing wrong. */
function cellsOf({ versions: _, ...row }: ShownRow) {
  return row;
}
