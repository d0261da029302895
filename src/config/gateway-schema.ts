import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import {
  callback,
  list,
  objectWith,
  oneOf,
  options,
  positiveInteger,
  positiveMs,
  secretText,
  text,
  value,
} from "./values.ts";

const principal = {
  tenant: text,
  agents: list(text).optional(),
  groups: list(text).optional(),
  models: list(text).optional(),
  routes: list(text).optional(),
  maxPriority: value<number>("a number", Number.isFinite).optional(),
  defaults: options({
    agentId: text.optional(),
    group: text.optional(),
    share: oneOf(true, false, "read", "write").optional(),
    maxInputTokens: positiveInteger.optional(),
  }).optional(),
};

/** Options of the HTTP surface. */
export const gatewaySchema = options({
  keys: list(options({ key: secretText, ...principal })).optional(),
  authenticate: callback<NonNullable<GatewayOptions["authenticate"]>>().optional(),
  access: oneOf("checked", "open").optional(),
  production: oneOf(true, false).optional(),
  standalone: oneOf(true, false).optional(),
  maxBodyBytes: positiveInteger.optional(),
  maxFileBytes: positiveInteger.optional(),
  keepAliveAfterMs: z
    .union([positiveMs, z.literal(false)], "must be a positive number of milliseconds or false")
    .optional(),
  operations: value<string>(
    'a path like "/v1/pc", or ""',
    (given) => typeof given === "string" && /^(\/[\w.~-]+)*$/.test(given),
  ).optional(),
  onError: callback<NonNullable<GatewayOptions["onError"]>>().optional(),
  clock: objectWith<Clock>("a clock with now() and sleep(ms, signal)", ["now", "sleep"]).optional(),
}) satisfies z.ZodType<GatewayOptions, GatewayOptions>;
