import { type ContextEngineOptions, createContextEngine } from "../../src/core/engine.ts";
import type { Caller } from "../../src/core/sharing/item.ts";
import { memory } from "../../src/storage/memory.ts";
import { FakeClock } from "../fake-clock.ts";

/** An engine over fresh memory, with a clock that stands still. */
export function engineWith(options: Partial<ContextEngineOptions> = {}) {
  const clock = new FakeClock();
  return createContextEngine({
    storage: memory({ clock }),
    clock,
    context: { originalsTtlMs: 60_000, auditTtlMs: 60_000 },
    ...options,
  });
}

/** A caller of tenant "acme" and group "trip" who shares. */
export function sharing(agentId: string, more: Partial<Caller> = {}): Caller {
  return {
    tenant: "acme",
    agentId,
    sessionId: `session of ${agentId}`,
    group: "trip",
    read: true,
    write: true,
    ...more,
  };
}

/** A caller who shares nothing. */
export const alone: Caller = {
  tenant: "acme",
  agentId: undefined,
  sessionId: undefined,
  group: undefined,
  read: false,
  write: false,
};
