/**
 * Configuration: what a compiler and its HTTP surface are to be, from code, from a file, from the environment.
 *
 *     environment ─over─ prompt-compiler.config.* ─over─ defaults
 *
 * The one thing that does not follow this order: variables of providers (`OPENAI_API_KEY` …) fill the pool only where
 * the file lists no deployments. A key that lies about in a shell does not replace a pool that somebody wrote down.
 *
 * Nothing is read on import; this file and `cli.ts` are the only ones that read `process.env`.
 */
import { systemClock } from "./clock.ts";
import { builtInDeployments } from "./config/built-in-models.ts";
import { check } from "./config/check.ts";
import {
  type CheckedCompilerOptions,
  contextDefaults,
  type PromptCompilerOptions,
} from "./config/compiler-options.ts";
import { changesSchema, compilerSchema } from "./config/compiler-schema.ts";
import { configFromEnvironment, type EnvironmentConfig } from "./config/env.ts";
import { loadConfigFile } from "./config/file.ts";
import type { GatewayOptions } from "./config/gateway-options.ts";
import { gatewaySchema } from "./config/gateway-schema.ts";
import { MadeParts } from "./config/made-parts.ts";
import { options } from "./config/values.ts";
import { type Environment, processDefaults } from "./config/variables.ts";
import { lexicalEmbedder } from "./core/retrieval/lexical-embedding.ts";
import { refuseFixed } from "./scheduler/changes.ts";
import type { DeploymentOptions } from "./scheduler/deployment.ts";
import type { ConfigurationChanges } from "./scheduler/generation.ts";
import { weighted } from "./scheduler/strategies/weighted.ts";
import { level } from "./storage/level.ts";
import { memory } from "./storage/memory.ts";
import type { Storage } from "./storage/storage.ts";

/**
 * Options of a compiler, checked and complete. The built-in models stand behind the deployments given.
 *
 * @param where - begins every message: the function that was called
 * @throws TypeError or RangeError naming the option, the value and, for an unknown name, the nearest known one
 */
export function parseCompilerOptions(given: unknown, where: string): CheckedCompilerOptions {
  const options = check(compilerSchema, given, where);
  const { clock = systemClock, random = Math.random, strategy = weighted() } = options;
  const { storage = memory({ clock }), deployments = [], context } = options;
  const builtIn = builtInDeployments(clock, random);
  return {
    ...options,
    deployments: [...deployments, ...builtIn],
    builtIn,
    strategy,
    storage,
    context: {
      ...context,
      originalsTtlMs: context?.originalsTtlMs ?? contextDefaults.originalsTtlMs,
      auditTtlMs: context?.auditTtlMs ?? contextDefaults.auditTtlMs,
    },
    clock,
    random,
    embedder: lexicalEmbedder(),
    modelHint: MODEL_HINT,
  };
}

/**
 * What `reconfigure` is given, checked. The built-in models go on standing behind the deployments.
 *
 * @throws TypeError or RangeError naming the option, the value and, for an unknown name, the nearest known one
 */
export function parseCompilerChanges(
  given: unknown,
  where: string,
  builtIn: readonly DeploymentOptions[],
): ConfigurationChanges {
  refuseFixed(given);
  const changes = check(changesSchema, given, where);
  if (changes.deployments === undefined) return changes;
  return { ...changes, deployments: [...changes.deployments, ...builtIn] };
}

/** What to do about a model that nobody serves. */
const MODEL_HINT = "set OPENAI_API_KEY, OPENAI_BASE_URL or OLLAMA_HOST, or list a deployment for it";

/** Options of the HTTP surface, checked. What is left out stays out, but for `production`: `NODE_ENV` says. */
export function parseGatewayOptions(
  given: unknown,
  where: string,
  env: Environment = process.env,
): GatewayOptions {
  const options = check(gatewaySchema, given, where);
  return { ...options, production: options.production ?? env["NODE_ENV"] === "production" };
}

/** Both in one object, as middleware and config files have them: checked, and told apart. */
export function parseMiddlewareOptions(
  given: unknown,
  where: string,
  env: Environment = process.env,
): { readonly compiler: PromptCompilerOptions; readonly gateway: GatewayOptions } {
  check(options({ ...gatewaySchema.shape, ...compilerSchema.shape }), given, where);
  const pick = (names: object): object =>
    Object.fromEntries(Object.entries(given ?? {}).filter(([name]) => Object.hasOwn(names, name)));
  return {
    compiler: pick(compilerSchema.shape),
    gateway: parseGatewayOptions(pick(gatewaySchema.shape), where, env),
  };
}

/** What the process-wide default and `serve` are made of. */
export interface DefaultOptions {
  readonly compiler: PromptCompilerOptions;
  readonly gateway: GatewayOptions;
  /** Address and port that `serve` listens on; `undefined`: nobody says. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** The config file that was read. */
  readonly configFile: string | undefined;
  /** What is set and has no effect, a sentence each. */
  readonly notes: readonly string[];
  /** What was made of what is described. */
  readonly parts: MadeParts;
}

/**
 * The environment over the config file of the working directory over the defaults. Reads both, at each call afresh.
 *
 * @param earlier - the parts of the configuration that is in use: what is described as before is taken from there
 */
export async function resolveDefaultOptions(
  env: Environment = process.env,
  directory: string = process.cwd(),
  earlier?: MadeParts,
): Promise<DefaultOptions> {
  const parts = new MadeParts(earlier);
  const environment = configFromEnvironment(env, parts);
  const file = await loadConfigFile(directory, env, parts);
  const { compiler, gateway } = parseMiddlewareOptions(file?.content ?? {}, file?.path ?? "defaults", env);
  return {
    compiler: {
      ...compiler,
      deployments: compiler.deployments ?? environment.deployments,
      storage: environment.storage ?? compiler.storage ?? defaultStorage(parts),
      state: environment.state ?? compiler.state,
      context: over(compiler.context, environment.context),
      retry: over(compiler.retry, environment.retry),
    },
    gateway: over(gateway, environment.gateway),
    host: environment.host,
    port: environment.port,
    configFile: file?.path,
    notes: [...environment.notes, ...poolNote(compiler, environment, file?.path)],
    parts,
  };
}

function defaultStorage(parts: MadeParts): Storage {
  const { dataDirectory } = processDefaults;
  return parts.part(["level", dataDirectory], () => level(dataDirectory));
}

/** All that may change in a running compiler, said in full: what the options leave out goes back to its default. */
export function toChanges(options: PromptCompilerOptions): ConfigurationChanges {
  return {
    deployments: options.deployments ?? [],
    strategy: options.strategy ?? weighted(),
    retry: options.retry ?? {},
    timeouts: options.timeouts ?? {},
    affinity: options.affinity ?? {},
    health: options.health ?? {},
    hedge: options.hedge ?? false,
    probe: options.probe ?? false,
    batching: options.batching ?? false,
  };
}

/** `upper` where it says something, else `lower`. */
function over<T extends object>(lower: T | undefined, upper: Partial<T>): T {
  const said = Object.entries(upper).filter(([, value]) => value !== undefined);
  return Object.assign({}, lower, Object.fromEntries(said));
}

function poolNote(
  { deployments }: PromptCompilerOptions,
  environment: EnvironmentConfig,
  path: string | undefined,
): readonly string[] {
  if (deployments === undefined || environment.deployments.length === 0) return [];
  return [`the deployments are those of ${path}: OPENAI_API_KEY, OPENAI_BASE_URL and OLLAMA_HOST add none`];
}
