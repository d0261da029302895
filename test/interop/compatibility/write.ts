import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";
import { compatibilityPage } from "./page.ts";
import { keepShown, rowsOf } from "./shown.ts";

/** Keeps what a run has shown, and writes the page anew: nothing, where a test of the run failed. */
export default class CompatibilityWriter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], _errors: unknown, reason: TestRunEndReason): void {
    if (reason !== "passed") return;
    for (const kind of ["clients", "agents"] as const) {
      const ofKind = modules.filter(({ project }) => (project.name === "agents") === (kind === "agents"));
      if (ofKind.length === 0) continue;
      keepShown(
        kind,
        ofKind.map(({ relativeModuleId }) => relativeModuleId),
        ofKind.flatMap((module) => rowsOf(module, "passed")),
      );
    }
    writeFileSync(resolve(import.meta.dirname, "../../../docs/compatibility.md"), compatibilityPage());
  }
}
