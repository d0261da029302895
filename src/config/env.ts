/**
 * What the environment says. One table of variables: it is what is read, what `--help` prints, and what a misspelt
 * name is compared with. An empty variable is one that is not set.
 */
import type { DeploymentOptions } from "../scheduler/deployment.ts";
import { openaiCompatible } from "../scheduler/providers/openai-compatible.ts";
import type { Provider } from "../scheduler/providers/provider.ts";
import { level } from "../storage/level.ts";
import { redis } from "../storage/redis.ts";
import type { Storage } from "../storage/storage.ts";
import { describeValue } from "./check.ts";
import type { PromptCompilerOptions } from "./compiler-options.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { nearestName } from "./nearest-name.ts";

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that are read, each with what it is for. */
export const environmentVariables = {
  OPENAI_API_KEY: "key of OpenAI, or of whoever OPENAI_BASE_URL is",
  OPENAI_BASE_URL: "an OpenAI-compatible API, e.g. http://gpu.local:8000/v1; serves every model name",
  PC_DEFAULT_MODEL: "the model that `auto`, or no model, means; sent to the provider that the variables name",
  OLLAMA_HOST: "an Ollama server, e.g. 127.0.0.1:11434; serves every model name",
  PC_DATA_DIR: "directory of the embedded database (default ./pc-data)",
  REDIS_URL: "Redis, shared by several processes, instead of PC_DATA_DIR",
  PC_API_KEYS: "who may call, as tenant=key,tenant=key; without it, only this machine",
  PC_HOST: "address `serve` listens on (default 127.0.0.1)",
  PORT: "port `serve` listens on (default 8787)",
  PC_MAX_INPUT_TOKENS: "token budget of calls that name none (default: none)",
  PC_SHARED_TOKENS: "tokens that shared context may take in a call without a budget (default 1500)",
  PC_MAX_ATTEMPTS: "upstream requests one call may make (default 3, or one a deployment if there are more)",
  PC_MAX_BODY_BYTES: "bytes a request body may have (default 33554432)",
} as const;

type Variable = keyof typeof environmentVariables;

/** Variables of parts that are not built yet, so that who sets them hears of it. */
const NOT_SERVED_YET = {
  ANTHROPIC_API_KEY: "Anthropic is not served yet",
  ANTHROPIC_BASE_URL: "Anthropic is not served yet",
  GEMINI_API_KEY: "Gemini is not served yet",
  GEMINI_BASE_URL: "Gemini is not served yet",
  PC_ADMIN_KEY: "there are no admin routes yet",
} as const;

/** What this project's own tests and benchmarks are told by. */
const OF_OUR_TESTS = /^PC_(TEST|BENCH)_/;

/** What the environment asks for: only what is set is there. */
export interface EnvironmentConfig {
  readonly deployments: readonly DeploymentOptions[];
  readonly storage: Storage | undefined;
  readonly context: Pick<NonNullable<PromptCompilerOptions["context"]>, "maxInputTokens" | "sharedTokens">;
  readonly retry: Pick<NonNullable<PromptCompilerOptions["retry"]>, "maxAttempts">;
  readonly gateway: Pick<GatewayOptions, "keys" | "maxBodyBytes">;
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** What is set and has no effect, a sentence each. */
  readonly notes: readonly string[];
}

/** @throws TypeError or RangeError naming the variable; never with the value of one that may hold a secret */
export function configFromEnvironment(env: Environment): EnvironmentConfig {
  const read = (name: Variable): string | undefined => env[name] || undefined;
  const integer = (name: Variable): number | undefined =>
    toInteger(name, read(name), 1, Number.MAX_SAFE_INTEGER);
  const notes = [...notServedYet(env), ...unknownVariables(env)];
  return {
    deployments: toDeployments(read, notes),
    storage: toStorage(read),
    context: { maxInputTokens: integer("PC_MAX_INPUT_TOKENS"), sharedTokens: integer("PC_SHARED_TOKENS") },
    retry: { maxAttempts: integer("PC_MAX_ATTEMPTS") },
    gateway: { keys: toKeys(read("PC_API_KEYS")), maxBodyBytes: integer("PC_MAX_BODY_BYTES") },
    host: read("PC_HOST"),
    port: toInteger("PORT", read("PORT"), 0, 65_535),
    notes,
  };
}

type Read = (name: Variable) => string | undefined;

function toDeployments(read: Read, notes: string[]): readonly DeploymentOptions[] {
  const [apiKey, baseURL, ollama] = [read("OPENAI_API_KEY"), read("OPENAI_BASE_URL"), read("OLLAMA_HOST")];
  if (apiKey !== undefined || baseURL !== undefined) {
    if (ollama !== undefined) {
      notes.push(
        "OLLAMA_HOST has no effect beside OPENAI_API_KEY or OPENAI_BASE_URL: both would serve every model name; list both under deployments in prompt-compiler.config.mjs",
      );
    }
    const address = toURL("OPENAI_BASE_URL", baseURL ?? "https://api.openai.com/v1");
    return everyModel("openai", openaiCompatible({ baseURL: address, apiKey }), read, notes);
  }
  if (ollama !== undefined)
    return everyModel("ollama", openaiCompatible({ baseURL: ollamaURL(ollama) }), read, notes);
  if (read("PC_DEFAULT_MODEL") !== undefined) {
    notes.push("PC_DEFAULT_MODEL has no effect: no provider is set that could serve it");
  }
  return [];
}

/** A provider for whatever name is asked, and first for the one that is meant when none is. */
function everyModel(
  id: string,
  provider: Provider,
  read: Read,
  notes: string[],
): readonly DeploymentOptions[] {
  const byPattern = { id, model: "*", provider };
  const model = read("PC_DEFAULT_MODEL");
  if (model !== undefined) return [{ id: `${id}-default`, model, provider }, byPattern];
  notes.push("`auto`, or no model, means nothing yet: PC_DEFAULT_MODEL may name a model of the provider");
  return [byPattern];
}

/** `OLLAMA_HOST` as Ollama reads it: scheme and port may be missing, and a server's "every address" is this machine. */
function ollamaURL(host: string): string {
  const url = new URL(toURL("OLLAMA_HOST", /^[a-z]+:\/\//i.test(host) ? host : `http://${host}`));
  if (url.port === "" && !/^[a-z]+:\/\//i.test(host)) url.port = "11434";
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") url.hostname = "127.0.0.1";
  return new URL("v1", url).href;
}

function toStorage(read: Read): Storage | undefined {
  const [address, directory] = [read("REDIS_URL"), read("PC_DATA_DIR")];
  if (address !== undefined) return redis(toURL("REDIS_URL", address, ["redis:", "rediss:"]));
  return directory === undefined ? undefined : level(directory);
}

/** @param schemes - which the address may have; an address may hold a password, so it is not repeated */
function toURL(name: Variable, address: string, schemes = ["http:", "https:"]): string {
  if (URL.canParse(address) && schemes.includes(new URL(address).protocol)) return address;
  throw new TypeError(
    `${name} must be an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`,
  );
}

function toInteger(
  name: Variable,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const what = least > 0 ? "a positive integer" : `an integer from ${least} to ${most}`;
  throw new RangeError(`${name} must be ${what}, got ${describeValue(text)}`);
}

function toKeys(text: string | undefined): GatewayOptions["keys"] {
  return text?.split(",").map((pair, index) => {
    const [, tenant, key] = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(pair) ?? [];
    if (tenant && key) return { tenant, key };
    throw new TypeError(`PC_API_KEYS must be tenant=key,tenant=key; entry ${index + 1} is not`);
  });
}

function notServedYet(env: Environment): readonly string[] {
  return Object.entries(NOT_SERVED_YET)
    .filter(([name]) => env[name])
    .map(([name, why]) => `${name} has no effect: ${why}`);
}

/**
 * Names that begin like ours and are not ours. One that is nearly ours is a mistake; another may belong to another
 * program (process-compose sets `PC_PROC_NAME`), and is told.
 */
function unknownVariables(env: Environment): readonly string[] {
  const known = [...Object.keys(environmentVariables), ...Object.keys(NOT_SERVED_YET)];
  const ours = new Map(known.map((name) => [name.replace(/^PC_/, ""), name]));
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith("PC_") && !known.includes(name) && !OF_OUR_TESTS.test(name),
  );
  return unknown.map((name) => {
    const meant = nearestName(name.replace(/^PC_/, ""), ours.keys());
    if (meant === undefined) return `${name} has no effect: no variable of prompt-compiler has this name`;
    throw new TypeError(`unknown variable ${name}, did you mean ${ours.get(meant)}?`);
  });
}
