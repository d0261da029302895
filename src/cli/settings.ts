/** The configuration in words: what `serve` says when it starts, and all that `config check` says. */
import { BUILT_IN_MODELS } from "../config/built-in-models.ts";
import type { DefaultOptions } from "../config.ts";

/** Rows of name and value. Never a key: of those, whose they are. */
export function describeSettings(options: DefaultOptions): readonly (readonly [string, string])[] {
  const { compiler, gateway, configFile } = options;
  const deployments = compiler.deployments ?? [];
  return [
    ["models", [...deployments.map(({ id, model }) => `${model} (${id})`), ...BUILT_IN_MODELS].join(", ")],
    [
      "budget",
      compiler.context?.maxInputTokens ? `${compiler.context.maxInputTokens} tokens a call` : "none",
    ],
    ["storage", compiler.storage?.name ?? "memory"],
    ["state", compiler.state?.name ?? "local"],
    ["access", describeAccess(gateway)],
    ["config", configFile ?? "no prompt-compiler.config file here"],
  ];
}

function describeAccess({ access, keys, authenticate, production }: DefaultOptions["gateway"]): string {
  if (access === "open") return "open: whoever reaches the port may call";
  const holders = [...new Set(keys?.map(({ tenant }) => tenant))];
  const ways = [
    ...(holders.length > 0 ? [`keys of ${holders.join(", ")}`] : []),
    ...(authenticate === undefined ? [] : ["the host's authenticate()"]),
  ];
  if (ways.length > 0) return ways.join(" and ");
  return production
    ? "nobody: NODE_ENV=production and no PC_API_KEYS"
    : "programs on this machine (no PC_API_KEYS)";
}
