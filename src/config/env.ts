/** What the environment asks for, read from its variables. */
import { matchesPattern } from "../name-pattern.ts";
import type { RetryOptions } from "../scheduler/attempt.ts";
import type { DeploymentOptions } from "../scheduler/deployment.ts";
import { anthropic } from "../scheduler/providers/anthropic.ts";
import { gemini } from "../scheduler/providers/gemini.ts";
import { type OpenAICompatibleOptions, openaiCompatible } from "../scheduler/providers/openai-compatible.ts";
import type { Provider } from "../scheduler/providers/provider.ts";
import { redisState } from "../scheduler/state/redis.ts";
import type { SharedState } from "../scheduler/state/shared-state.ts";
import { level } from "../storage/level.ts";
import { redis } from "../storage/redis.ts";
import type { Storage } from "../storage/storage.ts";
import type { ContextOptions } from "./compiler-options.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { MadeParts } from "./made-parts.ts";
import { parsePort, parsePositiveInteger } from "./number-text.ts";
import { type Environment, type Variable, variablesWithoutEffect } from "./variables.ts";

/** What the environment asks for: only what is set is there. */
export interface EnvironmentConfig {
  readonly deployments: readonly DeploymentOptions[];
  readonly storage: Storage | undefined;
  readonly state: SharedState | undefined;
  readonly context: Pick<ContextOptions, "maxInputTokens" | "sharedTokens">;
  readonly retry: Pick<RetryOptions, "maxAttempts">;
  readonly gateway: Pick<GatewayOptions, "keys" | "maxBodyBytes">;
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** What is set and has no effect, a sentence each. */
  readonly notes: readonly string[];
}

/** @throws TypeError or RangeError naming the variable; never with the value of one that may hold a secret */
export function configFromEnvironment(env: Environment, parts = new MadeParts()): EnvironmentConfig {
  const read = (name: Variable): string | undefined => env[name] || undefined;
  const integer = (name: Variable): number | undefined => parsePositiveInteger(name, read(name));
  const notes = [...variablesWithoutEffect(env)];
  return {
    deployments: toDeployments(read, notes, parts),
    ...toShared(read, parts),
    context: { maxInputTokens: integer("PC_MAX_INPUT_TOKENS"), sharedTokens: integer("PC_SHARED_TOKENS") },
    retry: { maxAttempts: integer("PC_MAX_ATTEMPTS") },
    gateway: { keys: toKeys(read("PC_API_KEYS")), maxBodyBytes: integer("PC_MAX_BODY_BYTES") },
    host: read("PC_HOST"),
    port: parsePort("PORT", read("PORT")),
    notes,
  };
}

type Read = (name: Variable) => string | undefined;

/** Deployments by pattern, and before them the one of the model that is meant when none is named. */
function toDeployments(read: Read, notes: string[], parts: MadeParts): readonly DeploymentOptions[] {
  const byPattern = [...ownVendors(read, parts), ...everyModel(read, notes, parts)];
  const model = read("PC_DEFAULT_MODEL");
  const serving = byPattern.find((each) => model !== undefined && matchesPattern(each.model, model));
  if (model !== undefined && serving !== undefined) {
    return [{ ...serving, id: `${serving.id}-default`, model }, ...byPattern];
  }
  if (model !== undefined) {
    notes.push("PC_DEFAULT_MODEL has no effect: no provider is set that could serve it");
  } else if (byPattern.length > 0) {
    notes.push("`auto`, or no model, means nothing yet: PC_DEFAULT_MODEL may name a model of the provider");
  }
  return byPattern;
}

/** Vendors with an API of their own: the first part of their models' names tells whose they are. */
const OWN_VENDORS = [
  {
    id: "anthropic",
    model: "claude-*",
    key: "ANTHROPIC_API_KEY",
    address: "ANTHROPIC_BASE_URL",
    create: anthropic,
  },
  {
    id: "gemini",
    model: "gemini-*",
    key: "GEMINI_API_KEY",
    address: "GEMINI_BASE_URL",
    create: gemini,
    // Of texts to embed: https://ai.google.dev/gemini-api/docs/embeddings
    batch: { maxInputs: 100 },
  },
] as const satisfies readonly {
  readonly key: Variable;
  readonly address: Variable;
  readonly [part: string]: unknown;
}[];

function ownVendors(read: Read, parts: MadeParts): readonly DeploymentOptions[] {
  return OWN_VENDORS.flatMap(({ id, model, key, address, create, ...limits }) => {
    const [apiKey, baseURL] = [read(key), read(address)];
    if (apiKey === undefined && baseURL === undefined) return [];
    const options = { apiKey, baseURL: baseURL && toURL(address, baseURL) };
    const provider = parts.part(["environment", id, options], () => create(options));
    return [{ id, model, provider, ...limits }];
  });
}

/** A provider for whatever name is asked. */
function everyModel(read: Read, notes: string[], parts: MadeParts): readonly DeploymentOptions[] {
  const provider = (options: OpenAICompatibleOptions): Provider =>
    parts.part(["environment", options], () => openaiCompatible(options));
  const [apiKey, baseURL, ollama] = [read("OPENAI_API_KEY"), read("OPENAI_BASE_URL"), read("OLLAMA_HOST")];
  if (apiKey === undefined && baseURL === undefined) {
    if (ollama === undefined) return [];
    return [
      { id: "ollama", model: "*", provider: provider({ baseURL: ollamaURL(ollama), vendor: "ollama" }) },
    ];
  }
  if (ollama !== undefined) {
    notes.push(
      "OLLAMA_HOST has no effect beside OPENAI_API_KEY or OPENAI_BASE_URL: both would serve every model name; list both under deployments in prompt-compiler.config.mjs",
    );
  }
  const address = toURL("OPENAI_BASE_URL", baseURL ?? "https://api.openai.com/v1");
  return [{ id: "openai", model: "*", provider: provider({ baseURL: address, apiKey }) }];
}

/** `OLLAMA_HOST` as Ollama reads it: scheme and port may be missing, and a server's "every address" is this machine. */
function ollamaURL(host: string): string {
  const url = new URL(toURL("OLLAMA_HOST", /^[a-z]+:\/\//i.test(host) ? host : `http://${host}`));
  if (url.port === "" && !/^[a-z]+:\/\//i.test(host)) url.port = "11434";
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") url.hostname = "127.0.0.1";
  return new URL("v1", url).href;
}

/** What other processes may share: who is given a Redis shares all of it. */
function toShared(read: Read, parts: MadeParts): Pick<EnvironmentConfig, "storage" | "state"> {
  const [address, directory] = [read("REDIS_URL"), read("PC_DATA_DIR")];
  if (address === undefined) {
    const storage =
      directory === undefined ? undefined : parts.part(["level", directory], () => level(directory));
    return { storage, state: undefined };
  }
  const url = toURL("REDIS_URL", address, ["redis:", "rediss:"]);
  return {
    storage: parts.part(["redis", url], () => redis(url)),
    state: parts.part(["state", url], () => redisState(url)),
  };
}

/** @param schemes - which the address may have; an address may hold a password, so it is not repeated */
function toURL(name: Variable, address: string, schemes = ["http:", "https:"]): string {
  if (URL.canParse(address) && schemes.includes(new URL(address).protocol)) return address;
  throw new TypeError(
    `${name} must be an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`,
  );
}

function toKeys(text: string | undefined): GatewayOptions["keys"] {
  return text?.split(",").map((pair, index) => {
    const [, tenant, key] = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(pair) ?? [];
    if (tenant && key) return { tenant, key };
    throw new TypeError(`PC_API_KEYS must be tenant=key,tenant=key; entry ${index + 1} is not`);
  });
}
