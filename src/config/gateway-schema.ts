import { z } from "zod";
import type { Clock } from "../clock.ts";
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

type Principal = z.output<z.ZodObject<typeof principal>>;

/**
 * Options of the HTTP surface. What each means and is by default, `gateway/options.ts` says: that floor stands above
 * this one, so its types are met here by shape.
 */
export const gatewaySchema = options({
  keys: list(options({ key: secretText, ...principal })).optional(),
  authenticate:
    callback<(request: never) => Principal | undefined | Promise<Principal | undefined>>().optional(),
  access: oneOf("checked", "open").optional(),
  production: oneOf(true, false).optional(),
  standalone: oneOf(true, false).optional(),
  maxBodyBytes: positiveInteger.optional(),
  keepAliveAfterMs: z
    .union([positiveMs, z.literal(false)], "must be a positive number of milliseconds or false")
    .optional(),
  operations: value<string>(
    'a path like "/v1/pc", or ""',
    (given) => typeof given === "string" && /^(\/[\w.~-]+)*$/.test(given),
  ).optional(),
  onError: callback<(error: unknown, facts: { readonly requestId: string }) => void>().optional(),
  clock: objectWith<Clock>("a clock with now() and sleep(ms, signal)", ["now", "sleep"]).optional(),
});

export type GatewayOptions = z.output<typeof gatewaySchema>;
