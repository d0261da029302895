/** Values that JSON cannot hold, described: `{ "type": … }` for a part, `{ "env": "NAME" }` for a secret. */
import { z } from "zod";
import type { FailureKind } from "../errors.ts";
import { responseCache } from "../scheduler/cache/response-cache.ts";
import { semanticCache } from "../scheduler/cache/semantic-cache.ts";
import { anthropic } from "../scheduler/providers/anthropic.ts";
import { gemini } from "../scheduler/providers/gemini.ts";
import { openaiCompatible } from "../scheduler/providers/openai-compatible.ts";
import type { Vendor } from "../scheduler/providers/vendors.ts";
import { localState } from "../scheduler/state/local.ts";
import { redisState } from "../scheduler/state/redis.ts";
import { leastConnections } from "../scheduler/strategies/least-connections.ts";
import { lowestCost } from "../scheduler/strategies/lowest-cost.ts";
import { lowestLatency } from "../scheduler/strategies/lowest-latency.ts";
import { roundRobin } from "../scheduler/strategies/round-robin.ts";
import { weighted } from "../scheduler/strategies/weighted.ts";
import { level } from "../storage/level.ts";
import { memory } from "../storage/memory.ts";
import { redis } from "../storage/redis.ts";
import { isRecord } from "../wires/read.ts";
import type { Wire } from "../wires/wire.ts";
import { check, describeValue } from "./check.ts";
import { MadeParts } from "./made-parts.ts";
import {
  list,
  oneOf,
  options,
  positiveInteger,
  positiveMs,
  positiveNumber,
  secretText,
  share,
  text,
} from "./values.ts";
import type { Environment } from "./variables.ts";

/** Makes one part of its description. @param where - names the place in messages */
type Make = (description: object, where: string) => unknown;

type Kinds = Readonly<Record<string, Make>>;

/** How a provider connects. */
const connection = {
  connections: positiveInteger.optional(),
  http2: oneOf(true, false).optional(),
  tls: options({ ca: text.optional() }).optional(),
};

const providers: Kinds = {
  anthropic: part(
    {
      baseURL: text.optional(),
      apiKey: secretText.optional(),
      headers: z.record(z.string(), text, "must be an object").optional(),
      version: text.optional(),
      betas: list(text).optional(),
      rejects: list(text).optional(),
      ...connection,
    },
    anthropic,
  ),
  gemini: part(
    {
      apiKey: secretText.optional(),
      baseURL: text.optional(),
      headers: z.record(z.string(), text, "must be an object").optional(),
      ...connection,
    },
    gemini,
  ),
  "openai-compatible": part(
    {
      baseURL: text,
      apiKey: secretText.optional(),
      headers: z.record(z.string(), text, "must be an object").optional(),
      // The provider says which vendors and wires there are.
      vendor: z.custom<Vendor>().optional(),
      wires: z.custom<readonly Wire[]>().optional(),
      apiVersion: text.optional(),
      rejects: list(text).optional(),
      // The provider says which kinds there are.
      statuses: z.record(z.string(), z.custom<FailureKind>(), "must be an object").optional(),
      batchApi: oneOf(true, false).optional(),
      ...connection,
    },
    openaiCompatible,
  ),
};

const strategies: Kinds = {
  weighted: part({}, weighted),
  "round-robin": part({}, roundRobin),
  "least-connections": part({}, leastConnections),
  "lowest-latency": part({ decayMs: positiveMs.optional(), forgetMs: positiveMs.optional() }, lowestLatency),
  "lowest-cost": part({ outputShare: share.optional() }, lowestCost),
};

const caches: Kinds = {
  "response-cache": part(
    { maxBytes: positiveNumber.optional(), ttlMs: positiveMs.optional() },
    responseCache,
  ),
};

const semanticCaches: Kinds = {
  "semantic-cache": part(
    { floor: positiveNumber.optional(), ttlMs: positiveMs.optional(), maxBytes: positiveNumber.optional() },
    semanticCache,
  ),
};

const storages: Kinds = {
  memory: part({}, () => memory()),
  level: part({ directory: text }, ({ directory }) => level(directory)),
  redis: part({ url: text, prefix: text.optional() }, ({ url, prefix }) => redis(url, { prefix })),
};

const states: Kinds = {
  local: part({}, () => localState()),
  redis: part({ url: text, prefix: text.optional() }, ({ url, prefix }) => redisState(url, { prefix })),
};

/** By option. */
const kindsOf: Readonly<Record<string, Kinds>> = {
  strategy: strategies,
  cache: caches,
  semanticCache: semanticCaches,
  storage: storages,
  state: states,
};

/**
 * The content of a JSON config file with its descriptions turned into values. What is no description stays as it is:
 * the check of the options says what is wrong with it.
 *
 * @param where - begins every message
 * @param parts - what was made already; what is made goes there
 */
export function fromDescriptions(
  content: unknown,
  env: Environment,
  where: string,
  parts: MadeParts = new MadeParts(),
): unknown {
  const known = withSecrets(content, env, where);
  if (!isRecord(known)) return known;
  const { deployments, ...others } = known;
  const made = Object.entries(others).map(([name, value]) => {
    const kinds = Object.hasOwn(kindsOf, name) ? kindsOf[name] : undefined;
    return [name, kinds ? parts.part([name, value], () => make(kinds, value, `${where}: ${name}`)) : value];
  });
  return {
    ...Object.fromEntries(made),
    ...(deployments !== undefined && { deployments: withProviders(deployments, where, parts) }),
  };
}

function part<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  create: (given: z.output<z.ZodObject<Shape>>) => unknown,
): Make {
  const schema: z.ZodType<z.output<z.ZodObject<Shape>>> = options(shape);
  return (description, where) => create(check(schema, description, where));
}

function make(kinds: Kinds, description: unknown, where: string): unknown {
  if (!isRecord(description) || !("type" in description)) return description;
  const { type, ...rest } = description;
  const kind = Object.entries(kinds).find(([name]) => name === type)?.[1];
  if (kind !== undefined) return kind(rest, where);
  const known = Object.keys(kinds).map(describeValue).join(" or ");
  throw new TypeError(`${where}.type must be ${known}, got ${describeValue(type)}`);
}

function withProviders(deployments: unknown, where: string, parts: MadeParts): unknown {
  if (!Array.isArray(deployments)) return deployments;
  return deployments.map((deployment: unknown, index) => {
    if (!isRecord(deployment) || deployment["provider"] === undefined) return deployment;
    const { id, provider } = deployment;
    const at = `${where}: deployments[${index}].provider`;
    return { ...deployment, provider: parts.part([id, provider], () => make(providers, provider, at)) };
  });
}

/** The same content with every `{ "env": "NAME" }` replaced by what that variable says. */
function withSecrets(content: unknown, env: Environment, where: string): unknown {
  if (Array.isArray(content)) return content.map((element) => withSecrets(element, env, where));
  if (!isRecord(content)) return content;
  if (typeof content["env"] === "string" && Object.keys(content).length === 1) {
    const value = env[content["env"]];
    if (value) return value;
    throw new TypeError(`${where}: environment variable ${content["env"]} is not set`);
  }
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) => [name, withSecrets(value, env, where)]),
  );
}
