/**
 * The pool: all deployments of a compiler, and which of them serve a requested model.
 *
 *     requested        served by
 *     a name           the deployments with exactly that model; if there are none, those with the most specific
 *                      pattern that matches: the one with the most characters besides `*`
 *     nothing, "auto"  the model of the first deployment; where that is a pattern without a `sentModel` there is no name
 *                      to send, and the call fails: it does not go to whoever stands behind it
 *
 * Only deployments whose provider speaks the call's wire, or one it can be translated to, take part. Who that is, is worked
 * out once (served-models.ts).
 */

import { isPromptCompilerError, PromptCompilerError } from "../errors.ts";
import { isPattern } from "../name-pattern.ts";
import { understands } from "../wires/index.ts";
import { WIRES, type Wire } from "../wires/wire.ts";
import type { DeploymentOptions } from "./deployment.ts";
import { defaultPoolSetting, PooledDeployment, type PoolSetting } from "./pooled-deployment.ts";
import { ServedModels } from "./served-models.ts";

/** Who serves a requested model. */
export interface Serving {
  /** The requested model, or what "auto" stands for. */
  readonly model: string;
  /** At least one, in the pool's order. */
  readonly deployments: readonly PooledDeployment[];
}

/** What a call that is forwarded is about. */
export interface ForwardSubject {
  readonly model: string | undefined;
  /** Only whoever speaks it can be asked. @defaultValue any */
  readonly wire?: Wire | undefined;
  /** Id of the deployment whose account keeps what is asked for: nobody else is asked. @defaultValue none */
  readonly keptBy?: string | undefined;
}

/** What speaks one wire. */
interface Speaking {
  readonly models: ServedModels<PooledDeployment>;
  /** `undefined`: nobody speaks it. */
  readonly first: PooledDeployment | undefined;
}

export class Pool {
  readonly deployments: readonly PooledDeployment[];
  readonly #hint: string | undefined;
  readonly #byId: ReadonlyMap<string, PooledDeployment>;
  readonly #models: ServedModels<PooledDeployment>;
  readonly #byWire: ReadonlyMap<Wire, Speaking>;
  readonly #forwarding: Speaking;

  /**
   * @param hint - what to do about a model that nobody serves, for the error's message
   * @param earlier - the pool that this one is to replace: what is known of a deployment is that of the earlier one with
   *   the same id and provider. Nothing of it changes before `takeOver`
   * @throws TypeError or RangeError naming option and value
   */
  constructor(
    options: readonly DeploymentOptions[],
    hint: string | undefined,
    setting: PoolSetting = defaultPoolSetting,
    earlier?: Pool | undefined,
  ) {
    checkDeployments(options);
    this.deployments = options.map((each) => new PooledDeployment(each, setting, earlier?.same(each)));
    for (const deployment of this.deployments) deployment.joined(this.deployments);
    this.#hint = hint;
    this.#byId = new Map(this.deployments.map((deployment) => [deployment.id, deployment]));
    this.#models = new ServedModels(this.deployments);
    this.#byWire = new Map(WIRES.map((wire) => [wire, speaking(this.deployments, wire)]));
    this.#forwarding = forwarding(this.deployments);
  }

  /** The rules of this pool hold from here on, for what is known from an earlier one too. */
  takeOver(): void {
    for (const deployment of this.deployments) deployment.takeOver();
  }

  /** The deployment of that id. */
  get(id: string): PooledDeployment | undefined {
    return this.#byId.get(id);
  }

  /** @throws PromptCompilerError `PC_MODEL_NOT_FOUND`, naming the models that are served */
  serving(requested: string | undefined, wire: Wire): Serving {
    const { models, first } = this.#byWire.get(wire) ?? speaking([], wire);
    if (requested !== undefined && requested !== "auto") {
      const deployments = models.serving(requested);
      if (deployments.length === 0) {
        throw notFound(`no deployment serves model "${requested}"`, models.names, this.#hint);
      }
      return { model: requested, deployments };
    }
    if (first === undefined) throw notFound(`no deployment speaks "${wire}"`, models.names, this.#hint);
    if (isPattern(first.model) && first.sentModel === undefined) {
      const fact = `no model was named, and deployment "${first.id}" serves any: name one, or set PC_DEFAULT_MODEL`;
      throw notFound(fact, models.names);
    }
    return { model: first.model, deployments: models.serving(first.model) };
  }

  /** The same; `undefined` where nobody serves it. */
  tryServing(requested: string | undefined, wire: Wire): Serving | undefined {
    try {
      return this.serving(requested, wire);
    } catch (error) {
      if (isPromptCompilerError(error)) return undefined;
      throw error;
    }
  }

  /**
   * Those that serve a call and share an account with a deployment: what the one keeps, the others know. Where it is gone, or
   * shares with none of them, all of them: what they say of it is the answer.
   *
   * @param id - of the deployment
   */
  atHome(serving: Serving, id: string): Serving {
    const home = this.#byId.get(id);
    const deployments = serving.deployments.filter(({ provider }) => provider === home?.provider);
    return deployments.length === 0 ? serving : { ...serving, deployments };
  }

  /**
   * Who forwards a call that nobody here reads: the deployment that keeps what it is about, else those of its model; for
   * none, the first who forwards any.
   *
   * @throws PromptCompilerError `PC_MODEL_NOT_FOUND`, naming the models that are served
   */
  forwarding({ model, wire, keptBy }: ForwardSubject): Serving {
    if (keptBy !== undefined) return this.#forwardingAt(keptBy, model);
    const { models, first } = wire === undefined ? this.#forwarding : forwarding(this.deployments, wire);
    const what = wire === undefined ? "such calls" : `calls of "${wire}"`;
    if (first === undefined) throw notFound(`no deployment forwards ${what}`, models.names, this.#hint);
    if (model === undefined) return { model: first.model, deployments: [first] };
    const deployments = models.serving(model);
    if (deployments.length > 0) return { model, deployments };
    throw notFound(`no deployment forwards ${what} for model "${model}"`, models.names, this.#hint);
  }

  #forwardingAt(keptBy: string, model: string | undefined): Serving {
    const keeper = this.#byId.get(keptBy);
    if (keeper?.provider.forward === undefined) {
      throw notFound(`deployment "${keptBy}", which keeps what is asked for, is gone`, this.#models.names);
    }
    const alone = { model: model ?? keeper.model, deployments: [keeper] };
    const others = model === undefined ? [] : this.#forwarding.models.serving(model);
    const related = others.filter(({ provider }) => provider === keeper.provider);
    return related.length === 0 ? alone : { ...alone, deployments: related };
  }

  /** Whether a call for `model` may go to `deployment`, over any wire. */
  serves(deployment: PooledDeployment, model: string): boolean {
    return this.#models.serving(model).includes(deployment);
  }

  /** The deployment with the same id and provider. */
  same({ id, provider }: DeploymentOptions): PooledDeployment | undefined {
    const deployment = this.#byId.get(id);
    return deployment?.provider === provider ? deployment : undefined;
  }
}

function speaking(deployments: readonly PooledDeployment[], wire: Wire): Speaking {
  const able = deployments.filter(({ provider }) => understands(provider.wires, wire));
  return { models: new ServedModels(able), first: able[0] };
}

/** Who forwards: any, or of those that speak a wire. */
function forwarding(deployments: readonly PooledDeployment[], wire?: Wire): Speaking {
  const able = deployments.filter(
    ({ provider }) => provider.forward !== undefined && (wire === undefined || provider.wires.includes(wire)),
  );
  return { models: new ServedModels(able), first: able[0] };
}

/** @param hint - what to set; nothing where the fact says it */
function notFound(fact: string, names: readonly string[], hint?: string | undefined): PromptCompilerError {
  const served = names.join(", ") || "nothing";
  const advice = hint === undefined ? "" : `; ${hint}`;
  return new PromptCompilerError("PC_MODEL_NOT_FOUND", `${fact}; served: ${served}${advice}`, {
    param: "model",
    wireCode: "model_not_found",
  });
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
