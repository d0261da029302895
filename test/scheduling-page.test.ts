import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { batchesDefaults } from "../src/batches/batches.ts";
import { defaultAdmission } from "../src/scheduler/admission.ts";
import { defaultRetry } from "../src/scheduler/attempt.ts";
import { defaultBatching } from "../src/scheduler/batch-limits.ts";
import { responseCacheDefaults } from "../src/scheduler/cache/response-cache.ts";
import { semanticCacheDefaults } from "../src/scheduler/cache/semantic-cache.ts";
import { defaultAffinity } from "../src/scheduler/policies/affinity.ts";
import { defaultTimeouts } from "../src/scheduler/policies/deadline.ts";
import { defaultHealth } from "../src/scheduler/policies/health.ts";
import { defaultProbe } from "../src/scheduler/policies/health-probe.ts";
import { defaultHedge } from "../src/scheduler/policies/hedge.ts";

const page = readFileSync("docs/scheduling.md", "utf8");

const groups: Readonly<Record<string, object>> = {
  admission: defaultAdmission,
  affinity: defaultAffinity,
  batches: batchesDefaults,
  batching: defaultBatching,
  health: defaultHealth,
  hedge: defaultHedge,
  probe: defaultProbe,
  responseCache: responseCacheDefaults,
  retry: defaultRetry,
  semanticCache: semanticCacheDefaults,
  timeouts: defaultTimeouts,
};

describe("docs/scheduling.md", () => {
  const stated = Array.from(page.matchAll(/`(\w+)\.(\w+)` \(([\d_.]+)\)/g), ([, group, option, value]) => ({
    group: group ?? "",
    option: option ?? "",
    value: Number(value?.replaceAll("_", "")),
  }));

  it("states the defaults of the code", () => {
    for (const { group, option, value } of stated) {
      expect(groups[group], `${group}.${option}`).toMatchObject({ [option]: value });
    }
    expect(stated.length).toBeGreaterThan(20);
  });

  it("names no option that is not there", () => {
    const named = page.matchAll(/`(\w+)\.(\w+)`/g);

    for (const [, group = "", option = ""] of named) {
      if (group in groups) expect(groups[group]).toHaveProperty(option);
    }
  });
});
