/**
 * The environment's variables. One table: it is what is read, what `--help` prints, and what a misspelt name is compared
 * with. An empty variable is one that is not set.
 */

import { nearestName } from "../nearest-name.ts";
import { gatewayDefaults } from "./gateway-options.ts";

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a process is by default; the options of compiler and gateway have defaults of their own. */
export const processDefaults = { dataDirectory: "./pc-data", host: "127.0.0.1", port: 8787 } as const;

/** The variables that are read, each with what it is for. */
export const environmentVariables = {
  OPENAI_API_KEY: "key of OpenAI, or of whoever OPENAI_BASE_URL is",
  OPENAI_BASE_URL: "an OpenAI-compatible API, e.g. http://gpu.local:8000/v1; serves every model name",
  ANTHROPIC_API_KEY: "key of Anthropic, or of whoever ANTHROPIC_BASE_URL is; serves claude-*",
  ANTHROPIC_BASE_URL: "who speaks Anthropic's messages, without /v1 (default https://api.anthropic.com)",
  GEMINI_API_KEY: "key of Google's Gemini; serves gemini-*",
  GEMINI_BASE_URL:
    "where Gemini's API is, with its version (default https://generativelanguage.googleapis.com/v1beta)",
  PC_DEFAULT_MODEL: "the model that `auto`, or no model, means; sent to the provider that the variables name",
  OLLAMA_HOST: "an Ollama server, e.g. 127.0.0.1:11434; serves every model name",
  PC_DATA_DIR: `directory of the embedded database (default ${processDefaults.dataDirectory})`,
  REDIS_URL: "Redis, shared by several processes: what PC_DATA_DIR would hold, and limits and cooldowns",
  PC_API_KEYS: "who may call, as tenant=key,tenant=key; without it, only this machine",
  PC_HOST: `address \`serve\` listens on (default ${processDefaults.host})`,
  PORT: `port \`serve\` listens on (default ${processDefaults.port})`,
  PC_MAX_INPUT_TOKENS: "token budget of calls that name none (default: none)",
  PC_SHARED_TOKENS: "the most tokens that shared context may take (default: 1500, or as the budget allows)",
  PC_MAX_ATTEMPTS: "upstream requests one call may make (default 3, or one a deployment if there are more)",
  PC_MAX_BODY_BYTES: `bytes a request body may have (default ${gatewayDefaults.maxBodyBytes})`,
} as const;

export type Variable = keyof typeof environmentVariables;

/** Variables of parts that are not built yet, so that who sets them hears of it. */
const NOT_SERVED_YET = {
  PC_ADMIN_KEY: "there are no admin routes yet",
} as const;

/** What this project's own tests and benchmarks are told by. */
const OF_OUR_TESTS = /^PC_(?:(?:TEST|BENCH)_|OPENAI_SPEC$)/;

/**
 * What is set, looks like ours, and has no effect: a sentence each. A name that is nearly one of ours is a mistake; any
 * other may belong to another program (process-compose sets `PC_PROC_NAME`).
 *
 * @throws TypeError for a mistake, with the name that was most likely meant
 */
export function variablesWithoutEffect(env: Environment): readonly string[] {
  return [...notServedYet(env), ...unknownVariables(env)];
}

function notServedYet(env: Environment): readonly string[] {
  return Object.entries(NOT_SERVED_YET)
    .filter(([name]) => env[name])
    .map(([name, why]) => `${name} has no effect: ${why}`);
}

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
