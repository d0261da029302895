import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { batchDefaults } from "../../src/batch.ts";
import { batchesDefaults } from "../../src/batches/batches.ts";
import { contextDefaults } from "../../src/config/compiler-options.ts";
import { gatewayDefaults } from "../../src/config/gateway-options.ts";
import { hybridRankerDefaults } from "../../src/core/retrieval/hybrid.ts";
import { responsesDefaults } from "../../src/responses/responses.ts";
import { defaultAdmission } from "../../src/scheduler/admission.ts";
import { defaultRetry } from "../../src/scheduler/attempt.ts";
import { defaultBatching } from "../../src/scheduler/batch-limits.ts";
import { responseCacheDefaults } from "../../src/scheduler/cache/response-cache.ts";
import { semanticCacheDefaults } from "../../src/scheduler/cache/semantic-cache.ts";
import { defaultAffinity } from "../../src/scheduler/policies/affinity.ts";
import { defaultTimeouts } from "../../src/scheduler/policies/deadline.ts";
import { defaultHealth } from "../../src/scheduler/policies/health.ts";
import { defaultProbe } from "../../src/scheduler/policies/health-probe.ts";
import { defaultHedge } from "../../src/scheduler/policies/hedge.ts";
import { lowestCostDefaults } from "../../src/scheduler/strategies/lowest-cost.ts";
import { lowestLatencyDefaults } from "../../src/scheduler/strategies/lowest-latency.ts";
import { statsDefaults } from "../../src/stats/stats.ts";

const tables: readonly [string, string, object][] = [
  ["ContextOptions", "config/compiler-options.ts", contextDefaults],
  ["RetryOptions", "scheduler/attempt.ts", defaultRetry],
  ["AdmissionOptions", "scheduler/admission.ts", defaultAdmission],
  ["TimeoutOptions", "scheduler/policies/deadline.ts", defaultTimeouts],
  ["AffinityOptions", "scheduler/policies/affinity.ts", defaultAffinity],
  ["LowestCostOptions", "scheduler/strategies/lowest-cost.ts", lowestCostDefaults],
  ["LowestLatencyOptions", "scheduler/strategies/lowest-latency.ts", lowestLatencyDefaults],
  ["HealthOptions", "scheduler/policies/health.ts", defaultHealth],
  ["ProbeOptions", "scheduler/policies/health-probe.ts", defaultProbe],
  ["HedgeOptions", "scheduler/policies/hedge.ts", defaultHedge],
  ["ResponseCacheOptions", "scheduler/cache/response-cache.ts", responseCacheDefaults],
  ["SemanticCacheOptions", "scheduler/cache/semantic-cache.ts", semanticCacheDefaults],
  ["BatchCall", "batch.ts", batchDefaults],
  ["BatchesOptions", "batches/batches.ts", batchesDefaults],
  ["ResponsesOptions", "responses/responses.ts", responsesDefaults],
  ["StatsOptions", "stats/stats.ts", statsDefaults],
  ["HybridRankerOptions", "core/retrieval/hybrid.ts", hybridRankerDefaults],
  ["BatchingOptions", "scheduler/batch-limits.ts", defaultBatching],
  ["GatewayOptions", "config/gateway-options.ts", gatewayDefaults],
];

describe.each(tables)("the docs of %s", (name, path, defaults) => {
  const documented = documentedDefaults(name, path);

  it("state as default what the defaults say", () => {
    const said = Object.entries(defaults).filter(([, value]) => value !== undefined);

    for (const [option, value] of said)
      expect([option, documented[option]]).toEqual([option, spelled(value)]);
  });

  it("state no other number as default", () => {
    const numbers = Object.entries(documented).filter(([, value]) => /^(\d+|Infinity)$/.test(value));

    for (const [option] of numbers) expect(defaults).toHaveProperty(option);
  });
});

/** The first word of each option's `@defaultValue`, numbers without separators. */
function documentedDefaults(name: string, path: string): Readonly<Record<string, string>> {
  const text = readFileSync(resolve(import.meta.dirname, "../../src", path), "utf8");
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const declared = source.statements.find(
    (node) => ts.isInterfaceDeclaration(node) && node.name.text === name,
  );
  if (declared === undefined || !ts.isInterfaceDeclaration(declared))
    throw new Error(`${path} has no ${name}`);
  const entries = declared.members.flatMap((member) => {
    const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === "defaultValue");
    const words = ts.getTextOfJSDocComment(tag?.comment)?.split(/[\s,]/);
    return words?.[0] === undefined
      ? []
      : [[member.name?.getText(source) ?? "", words[0].replace(/(?<=\d)_(?=\d)/g, "")]];
  });
  return Object.fromEntries(entries);
}

function spelled(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
