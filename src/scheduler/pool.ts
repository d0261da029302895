/**
 * The pool: all deployments of a compiler, and which of them serve a requested model.
 *
 *     requested        served by
 *     a name           the deployments with exactly that model; if there are none, those with the most specific
 *                      pattern that matches: the one with the most characters besides `*`
 *     nothing, "auto"  the model of the first deployment; where that is a pattern without a `sentModel` there is no name
 *                      to send, and the call fails: it does not go to whoever stands behind it
 *
 * Only deployments whose provider speaks the call's wire take part.
 */

import { PromptCompilerError } from "../errors.ts";
import { isPattern, matchesPattern } from "../name-pattern.ts";
import type { Wire } from "../wires/wire.ts";
import type { DeploymentOptions } from "./deployment.ts";
import { defaultPoolSetting, PooledDeployment, type PoolSetting } from "./pooled-deployment.ts";

/** Who serves a requested model. */
export interface Serving {
  /** The requested model, or what "auto" stands for. */
  readonly model: string;
  /** At least one, in the pool's order. */
  readonly deployments: readonly PooledDeployment[];
}

export class Pool {
  readonly deployments: readonly PooledDeployment[];
  readonly #hint: string | undefined;

  /**
   * @param hint - what to do about a model that nobody serves, for the error's message
   * @throws TypeError or RangeError naming option and value
   */
  constructor(
    options: readonly DeploymentOptions[],
    hint: string | undefined,
    setting: PoolSetting = defaultPoolSetting,
  ) {
    checkDeployments(options);
    this.deployments = options.map((each) => new PooledDeployment(each, setting));
    for (const deployment of this.deployments) deployment.joined(this.deployments);
    this.#hint = hint;
  }

  /** @throws PromptCompilerError `PC_MODEL_NOT_FOUND`, naming the models that are served */
  serving(requested: string | undefined, wire: Wire): Serving {
    const speaking = this.deployments.filter(({ provider }) => provider.wires.includes(wire));
    if (requested !== undefined && requested !== "auto") {
      const deployments = this.#matching(requested, speaking);
      if (deployments.length === 0)
        throw notFound(`no deployment serves model "${requested}"`, speaking, this.#hint);
      return { model: requested, deployments };
    }
    const [first] = speaking;
    if (first === undefined) throw notFound(`no deployment speaks "${wire}"`, speaking, this.#hint);
    if (isPattern(first.model) && first.sentModel === undefined) {
      const fact = `no model was named, and deployment "${first.id}" serves any: name one, or set PC_DEFAULT_MODEL`;
      throw notFound(fact, speaking);
    }
    return { model: first.model, deployments: speaking.filter(({ model }) => model === first.model) };
  }

  /** Whether a call for `model` may go to `deployment`, over any wire. */
  serves(deployment: PooledDeployment, model: string): boolean {
    return this.#matching(model, this.deployments).includes(deployment);
  }

  #matching(requested: string, deployments: readonly PooledDeployment[]): readonly PooledDeployment[] {
    const exact = deployments.filter(({ model }) => model === requested);
    if (exact.length > 0) return exact;
    const matching = deployments.filter(({ model }) => matchesPattern(model, requested));
    const most = Math.max(...matching.map(specificity));
    return matching.filter((deployment) => specificity(deployment) === most);
  }
}

/** @param hint - what to set; nothing where the fact says it */
function notFound(
  fact: string,
  speaking: readonly PooledDeployment[],
  hint?: string | undefined,
): PromptCompilerError {
  const served = [...new Set(speaking.map(({ model }) => model))].join(", ") || "nothing";
  const advice = hint === undefined ? "" : `; ${hint}`;
  return new PromptCompilerError("PC_MODEL_NOT_FOUND", `${fact}; served: ${served}${advice}`, {
    param: "model",
    wireCode: "model_not_found",
  });
}

function specificity({ model }: PooledDeployment): number {
  return model.replaceAll("*", "").length;
}

function checkDeployments(options: readonly DeploymentOptions[]): void {
  if (options.length === 0) throw new RangeError("createScheduler: deployments must not be empty");
  const ids = new Set<string>();
  for (const [index, each] of options.entries()) {
    const { id, model, sentModel, weight, contextWindow, rateLimitScope, account } = each;
    const at = `createScheduler: deployments[${index}]`;
    if (typeof id !== "string" || id === "") {
      throw new TypeError(`${at}.id must be a string that is not empty, got ${JSON.stringify(id)}`);
    }
    if (ids.has(id)) throw new RangeError(`${at}.id must be unique, got "${id}" twice`);
    ids.add(id);
    for (const [name, value] of Object.entries({ model, sentModel: sentModel ?? model })) {
      if (typeof value !== "string" || value === "") {
        throw new TypeError(`${at}.${name} must be a string that is not empty, got ${JSON.stringify(value)}`);
      }
    }
    if (weight !== undefined && !(weight > 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${at}.weight must be a positive number, got ${weight}`);
    }
    if (contextWindow !== undefined && !(Number.isInteger(contextWindow) && contextWindow > 0)) {
      throw new RangeError(`${at}.contextWindow must be a positive integer, got ${contextWindow}`);
    }
    if (rateLimitScope === "account" && account === undefined) {
      throw new TypeError(`${at}.account must be named where rateLimitScope is "account", got undefined`);
    }
  }
}
