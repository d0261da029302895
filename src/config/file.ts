/**
 * The config file: `prompt-compiler.config.json`, `.mjs`, `.js` or, where this Node.js loads TypeScript, `.ts`. It
 * holds one object: the options of `createPromptCompiler`, and beside them those of the HTTP surface. A module's
 * default export may be a promise of it.
 *
 * JSON has no values for providers, strategies, storages and states, so they are described there:
 *
 *     {
 *       "deployments": [
 *         { "id": "gpu-1", "model": "qwen3-32b",
 *           "provider": { "type": "openai-compatible", "baseURL": "http://gpu.local:8000/v1", "apiKey": { "env": "GPU_KEY" } } }
 *       ],
 *       "strategy": { "type": "round-robin" },
 *       "storage": { "type": "level", "directory": "./pc-data" },
 *       "state": { "type": "redis", "url": { "env": "LIMITS_REDIS_URL" } },
 *       "keys": [{ "tenant": "acme", "key": { "env": "ACME_KEY" } }]
 *     }
 */
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { fromDescriptions } from "./descriptions.ts";
import type { MadeParts } from "./made-parts.ts";
import type { Environment } from "./variables.ts";

const EXTENSIONS = ["json", "mjs", "js", "ts"];

/** What others name such a file. Passed over in silence, the keys in it would not hold. */
const OTHER_EXTENSIONS = ["cjs", "cts", "mts", "jsonc", "json5", "yaml", "yml", "toml"];

interface ConfigFile {
  readonly path: string;
  /** What it holds, with descriptions turned into values; not checked yet. */
  readonly content: unknown;
}

/**
 * The config file of a directory, or `undefined` where there is none. Parents are not searched.
 *
 * @param env - where `{ "env": "NAME" }` of a JSON file is looked up
 * @param parts - what a JSON file of before described; a module that has not changed is the one that was loaded
 * @throws TypeError if there are two, or one that is not read, or the file cannot be read as what its name says
 */
export async function loadConfigFile(
  directory: string,
  env: Environment,
  parts?: MadeParts,
): Promise<ConfigFile | undefined> {
  const existing = (extensions: readonly string[]): readonly string[] =>
    extensions
      .map((extension) => join(directory, `prompt-compiler.config.${extension}`))
      .filter((candidate) => existsSync(candidate));
  const [unread] = existing(OTHER_EXTENSIONS);
  if (unread !== undefined) throw new TypeError(`${unread}: is not read; make it a .json, .mjs or .js`);
  const [path, second] = existing(EXTENSIONS);
  if (path === undefined) return undefined;
  if (second !== undefined) throw new TypeError(`two config files: ${path} and ${second}; keep one`);
  if (extname(path) === ".json")
    return { path, content: fromDescriptions(await readJson(path), env, path, parts) };
  return { path, content: await importDefault(path) };
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8");
  try {
    // Windows tools begin a file with a byte order mark.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    // The engine's message quotes the text around the mistake, which may be a key; only its place is told.
    const place = /at position (\d+)/.exec(String(error))?.[1];
    const line = place === undefined ? "" : `, line ${text.slice(0, Number(place)).split("\n").length}`;
    throw new TypeError(`${path}${line}: not valid JSON`);
  }
}

async function importDefault(path: string): Promise<unknown> {
  const module = await importModule(path);
  if (module.default === undefined) throw new TypeError(`${path}: has no default export`);
  return module.default;
}

/** What the file throws while it is loaded, or its promised export rejects with, is a mistake in it. */
async function importModule(path: string): Promise<{ readonly default?: unknown }> {
  try {
    // Node loads an address once: with the time of the last change in it, a changed file is another one.
    const address = `${pathToFileURL(path).href}?changed=${statSync(path).mtimeMs}`;
    const module: { readonly default?: unknown } = await import(address);
    return { default: await module.default };
  } catch (error) {
    if (extname(path) === ".ts" && errorCode(error) === "ERR_UNKNOWN_FILE_EXTENSION") {
      throw new TypeError(
        `${path}: Node.js ${process.versions.node} does not load TypeScript; rename it to .mjs`,
        {
          cause: error,
        },
      );
    }
    throw new TypeError(`${path}: cannot be loaded: ${String(error)}`, { cause: error });
  }
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
