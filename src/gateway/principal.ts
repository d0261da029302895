import { type CallContext, DEFAULT_TENANT } from "../chat.ts";
import type { Principal } from "../config/gateway-options.ts";
import { matchesPattern } from "../name-pattern.ts";
import { forbidden } from "./refusal.ts";

/** Who calls where nobody asks who they are. */
export const ANYONE: Principal = { tenant: DEFAULT_TENANT };

/** @throws RequestRefusedError 403, naming the path */
export function checkRoute({ routes }: Principal, path: string): void {
  if (!allows(routes, path)) throw forbidden(`this key may not use ${path}`);
}

/** Whether the caller was given this path by name, not by being given all. */
export function namesRoute({ routes }: Principal, path: string): boolean {
  return routes?.some((pattern) => pattern !== "*" && matchesPattern(pattern, path)) ?? false;
}

/** @throws RequestRefusedError 403, naming what is not allowed */
export function checkCall(principal: Principal, call: CallContext): void {
  const { agents, groups, maxPriority } = principal;
  if (call.agentId !== undefined && !allows(agents, call.agentId)) {
    throw forbidden(`this key may not call as agent "${call.agentId}"`);
  }
  if (call.group !== undefined && !allows(groups, call.group)) {
    throw forbidden(`this key may not share with group "${call.group}"`);
  }
  if (maxPriority !== undefined && (call.priority ?? 0) > maxPriority) {
    throw forbidden(`this key may not ask for a priority above ${maxPriority}`);
  }
}

/** @throws RequestRefusedError 403, naming the model */
export function checkModel(principal: Principal, model: string | undefined): void {
  const asked = model ?? "auto";
  if (!mayUseModel(principal, asked)) throw forbidden(`this key may not use model "${asked}"`);
}

export function mayUseModel({ models }: Principal, model: string): boolean {
  return allows(models, model);
}

function allows(patterns: readonly string[] | undefined, name: string): boolean {
  return patterns === undefined || patterns.some((pattern) => matchesPattern(pattern, name));
}
