/**
 * Who, of those that serve a model, is able to take a call: a deployment lacks nothing that the request needs, and its
 * context window holds the input. Asked before the strategy is: no attempt is spent on a refusal that could be foreseen.
 *
 * A deployment that does not say what it can do is taken to do everything, one that does not say how much it holds to
 * hold anything. Where the input fits nobody, those with the largest window remain: counts are estimates, and the
 * upstream's own count decides. What a request needs, and how long it is, is worked out only where a deployment says.
 */
import { PromptCompilerError } from "../errors.ts";
import type { Need } from "../wires/wire.ts";
import type { ScheduledCall } from "./call.ts";
import type { Serving } from "./pool.ts";
import type { PooledDeployment } from "./pooled-deployment.ts";

/** @throws PromptCompilerError `PC_INVALID_REQUEST` if no deployment can do what is needed, naming what each lacks */
export function ableTo(call: ScheduledCall, serving: Serving): Serving {
  const deployments = withWindow(call, withCapabilities(call, serving));
  return deployments === serving.deployments ? serving : { ...serving, deployments };
}

function withCapabilities(call: ScheduledCall, { model, deployments }: Serving): readonly PooledDeployment[] {
  if (!deployments.some(({ capabilities }) => capabilities !== undefined)) return deployments;
  const needs = call.needs?.() ?? [];
  const able = deployments.filter((deployment) => lacking(deployment, needs).length === 0);
  if (able.length > 0) return able;
  const told = deployments.map((each) => `"${each.id}" lacks ${lacking(each, needs).join(" and ")}`);
  const fact = `no deployment of model "${model}" can take this call: ${told.join(", ")}`;
  throw new PromptCompilerError("PC_INVALID_REQUEST", fact, { wireCode: "unsupported_capability" });
}

function lacking({ capabilities }: PooledDeployment, needs: readonly Need[]): readonly Need[] {
  return capabilities === undefined ? [] : needs.filter((need) => !capabilities.includes(need));
}

function withWindow(
  call: ScheduledCall,
  deployments: readonly PooledDeployment[],
): readonly PooledDeployment[] {
  // A single one is not to be chosen among.
  if (deployments.length < 2) return deployments;
  if (!deployments.some(({ contextWindow }) => contextWindow !== undefined)) return deployments;
  const inputTokens = call.inputTokens?.() ?? 0;
  const roomy = deployments.filter((deployment) => windowOf(deployment) > inputTokens);
  if (roomy.length > 0) return roomy;
  const largest = Math.max(...deployments.map(windowOf));
  return deployments.filter((deployment) => windowOf(deployment) === largest);
}

function windowOf({ contextWindow = Number.POSITIVE_INFINITY }: PooledDeployment): number {
  return contextWindow;
}
