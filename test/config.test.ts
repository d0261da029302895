import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BUILT_IN_MODELS } from "../src/config/built-in-models.ts";
import { configFromEnvironment } from "../src/config/env.ts";
import { loadConfigFile } from "../src/config/file.ts";
import {
  parseCompilerOptions,
  parseGatewayOptions,
  parseMiddlewareOptions,
  resolveDefaultOptions,
} from "../src/config.ts";
import { scriptless } from "./config/scriptless.ts";
import { certificate } from "./fixtures/certificate.ts";

const folders: string[] = [];

/** A folder of its own with these files. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "prompt-compiler-config-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return String(error);
  }
  throw new Error("nothing was thrown");
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

describe("parseCompilerOptions", () => {
  it("needs nothing: storage in memory, smooth weighted turns, the built-in models", () => {
    const { storage, strategy, deployments } = parseCompilerOptions({}, "test");

    expect(storage.name).toBe("memory");
    expect(strategy.name).toBe("weighted");
    expect(deployments.map(({ model }) => model)).toEqual(BUILT_IN_MODELS);
  });

  it("puts the built-in models behind those given, each on its own wire", () => {
    const gpu = { id: "gpu-1", model: "*", provider: scriptless };

    const { deployments } = parseCompilerOptions({ deployments: [gpu] }, "test");

    expect(deployments.map(({ id }) => id)).toEqual(["gpu-1", ...BUILT_IN_MODELS]);
    expect(deployments.slice(1).map(({ provider }) => provider.wires)).toEqual([["chat"], ["embeddings"]]);
  });

  it("takes an undefined option for one that is left out", () => {
    const { context } = parseCompilerOptions(
      { context: { sharedTokens: undefined, maxInputTokens: 900 } },
      "test",
    );

    expect(context).toEqual({
      maxInputTokens: 900,
      originalsTtlMs: 604_800_000,
      auditTtlMs: 7_776_000_000,
    });
  });

  it("makes strategy and storage afresh for each compiler", () => {
    const [one, other] = [parseCompilerOptions({}, "test"), parseCompilerOptions({}, "test")];

    expect(one.storage).not.toBe(other.storage);
    expect(one.strategy).not.toBe(other.strategy);
  });
});

describe("parseGatewayOptions", () => {
  it("learns from NODE_ENV whether this is production, unless it is told", () => {
    const env = { NODE_ENV: "production" };

    expect(parseGatewayOptions({}, "test", env).production).toBe(true);
    expect(parseGatewayOptions({}, "test", {}).production).toBe(false);
    expect(parseGatewayOptions({ production: false }, "test", env).production).toBe(false);
  });

  it("knows every option of the gateway", () => {
    const options = {
      keys: [{ key: "k", tenant: "acme", agents: ["a"], groups: ["g"], models: ["m-*"], routes: ["/v1/*"] }],
      authenticate: () => undefined,
      access: "checked",
      production: true,
      maxBodyBytes: 1,
      keepAliveAfterMs: false,
      operations: "/ops/pc",
      standalone: true,
      onError: () => undefined,
      clock: { now: () => 0, sleep: async () => undefined },
    };

    expect(parseGatewayOptions(options, "test")).toEqual(options);
  });

  it.each(["v1", "/", "/a/", "/a b"])("refuses %j as a path for operations", (operations) => {
    expect(() => parseGatewayOptions({ operations }, "pcMiddleware")).toThrow(
      `pcMiddleware: operations must be a path like "/v1/pc", or "", got ${JSON.stringify(operations)}`,
    );
  });
});

describe("parseMiddlewareOptions", () => {
  it("tells the options of the compiler from those of the HTTP surface", () => {
    const parsed = parseMiddlewareOptions(
      { retry: { maxAttempts: 2 }, keys: [{ key: "k", tenant: "t" }] },
      "pcMiddleware",
      {},
    );

    expect(parsed.compiler).toEqual({ retry: { maxAttempts: 2 } });
    expect(parsed.gateway).toEqual({ keys: [{ key: "k", tenant: "t" }], production: false });
  });

  it("finds the nearest name in both", () => {
    const options = { deploymets: [], authenticat: 1 };

    expect(() => parseMiddlewareOptions(options, "pcMiddleware")).toThrow(
      "pcMiddleware: unknown option deploymets, did you mean deployments?; unknown option authenticat, did you mean authenticate?",
    );
  });
});

describe("configFromEnvironment", () => {
  it("takes nothing from an environment that says nothing, or says it emptily", () => {
    const nothing = configFromEnvironment({ HOME: "/root", OPENAI_API_KEY: "", PC_API_KEYS: "" });

    expect(nothing.deployments).toEqual([]);
    expect(nothing.storage).toBeUndefined();
    expect(nothing.gateway.keys).toBeUndefined();
    expect(nothing.notes).toEqual([]);
  });

  it("serves every model name through an OpenAI-compatible provider", () => {
    const { deployments } = configFromEnvironment({ OPENAI_API_KEY: "sk-hidden" });

    expect(deployments.map(({ id, model, provider }) => [id, model, provider.name])).toEqual([
      ["openai", "*", "openai-compatible"],
    ]);
  });

  it("puts the default model first, so that auto means it", () => {
    const { deployments, notes } = configFromEnvironment({
      OPENAI_BASE_URL: "http://127.0.0.1:1/v1",
      PC_DEFAULT_MODEL: "qwen3-32b",
    });

    expect(deployments.map(({ model }) => model)).toEqual(["qwen3-32b", "*"]);
    expect(notes).toEqual([]);
  });

  it.each(["127.0.0.1:11434", "0.0.0.0", "http://gpu.local:11434", "gpu.local", "https://ollama.example/"])(
    "reaches Ollama at %s",
    (host) => {
      const { deployments, notes } = configFromEnvironment({ OLLAMA_HOST: host });

      expect(deployments.map(({ id, model }) => [id, model])).toEqual([["ollama", "*"]]);
      expect(notes.join()).toContain("PC_DEFAULT_MODEL may name a model");
    },
  );

  it("says so where two providers would serve every name, and keeps the first", () => {
    const { deployments, notes } = configFromEnvironment({ OPENAI_API_KEY: "sk", OLLAMA_HOST: "127.0.0.1" });

    expect(deployments.map(({ id }) => id)).toEqual(["openai"]);
    expect(notes.join()).toContain("OLLAMA_HOST has no effect beside OPENAI_API_KEY");
  });

  it("gives Anthropic what begins with claude-, beside the provider of every other name", () => {
    const { deployments, notes } = configFromEnvironment({
      ANTHROPIC_API_KEY: "sk-ant",
      OPENAI_API_KEY: "sk",
      PC_DEFAULT_MODEL: "claude-x",
    });

    expect(deployments.map(({ id, model, provider }) => [id, model, provider.name])).toEqual([
      ["anthropic-default", "claude-x", "anthropic"],
      ["anthropic", "claude-*", "anthropic"],
      ["openai", "*", "openai-compatible"],
    ]);
    expect(notes).toEqual([]);
  });

  it("gives Gemini what begins with gemini-, its embeddings in hundreds", () => {
    const { deployments } = configFromEnvironment({
      GEMINI_API_KEY: "AIza",
      GEMINI_BASE_URL: "http://127.0.0.1:1/v1",
    });

    expect(deployments.map(({ id, model, provider, batch }) => [id, model, provider.name, batch])).toEqual([
      ["gemini", "gemini-*", "gemini", { maxInputs: 100 }],
    ]);
    expect(() => configFromEnvironment({ GEMINI_BASE_URL: "generativelanguage" })).toThrow(
      "GEMINI_BASE_URL must be an address",
    );
  });

  it("says that a default model has no effect where nobody serves it", () => {
    const env = { ANTHROPIC_BASE_URL: "http://127.0.0.1:1", PC_DEFAULT_MODEL: "gpt-x" };

    const { deployments, notes } = configFromEnvironment(env);

    expect(deployments.map(({ id }) => id)).toEqual(["anthropic"]);
    expect(notes.join()).toContain("PC_DEFAULT_MODEL has no effect");
  });

  it.each(["PC_ADMIN_KEY"])("says that %s has no effect yet", (name) => {
    const { notes } = configFromEnvironment({ [name]: "sk-hidden" });

    expect(notes.join()).toContain(`${name} has no effect`);
    expect(notes.join()).not.toContain("sk-hidden");
  });

  it("prefers Redis to a directory", () => {
    const env = { PC_DATA_DIR: "/data", REDIS_URL: "redis://127.0.0.1:1" };

    expect(configFromEnvironment(env).storage?.name).toMatch(/^redis:/);
    expect(configFromEnvironment({ PC_DATA_DIR: "/data" }).storage?.name).toBe("level:/data");
  });

  it("shares limits and cooldowns through the Redis that holds the data, and through nothing else", () => {
    expect(configFromEnvironment({ REDIS_URL: "redis://127.0.0.1:1" }).state?.name).toBe(
      "redis:redis://127.0.0.1:1",
    );
    expect(configFromEnvironment({ PC_DATA_DIR: "/data" }).state).toBeUndefined();
  });

  it("reads tenants and keys; a key may have an equals sign", () => {
    const { gateway } = configFromEnvironment({ PC_API_KEYS: "acme=a2V5Cg==, globex=other" });

    expect(gateway.keys).toEqual([
      { tenant: "acme", key: "a2V5Cg==" },
      { tenant: "globex", key: "other" },
    ]);
  });

  it("reads numbers, and host and port", () => {
    const { context, retry, gateway, host, port } = configFromEnvironment({
      PC_MAX_INPUT_TOKENS: "8000",
      PC_SHARED_TOKENS: "700",
      PC_MAX_ATTEMPTS: "5",
      PC_MAX_BODY_BYTES: "1024",
      PC_HOST: "0.0.0.0",
      PORT: "0",
    });

    expect({ ...context, ...retry, ...gateway, host, port }).toEqual({
      maxInputTokens: 8000,
      sharedTokens: 700,
      maxAttempts: 5,
      maxBodyBytes: 1024,
      keys: undefined,
      host: "0.0.0.0",
      port: 0,
    });
  });

  const mistakes: readonly [Record<string, string>, string][] = [
    [{ PC_MAX_INPUT_TOKENS: "-1" }, 'PC_MAX_INPUT_TOKENS must be a positive integer, got "-1"'],
    [{ PC_MAX_INPUT_TOKENS: "8k" }, 'PC_MAX_INPUT_TOKENS must be a positive integer, got "8k"'],
    [{ PORT: "70000" }, 'PORT must be an integer from 0 to 65535, got "70000"'],
    [
      { OPENAI_BASE_URL: "localhost:1/v1" },
      "OPENAI_BASE_URL must be an address that begins with http:// or https://",
    ],
    [{ REDIS_URL: "127.0.0.1" }, "REDIS_URL must be an address that begins with redis:// or rediss://"],
    [{ PC_API_KEYS: "a=1,sk-hidden" }, "PC_API_KEYS must be tenant=key,tenant=key; entry 2 is not"],
    [{ PC_DATADIR: "x" }, "unknown variable PC_DATADIR, did you mean PC_DATA_DIR?"],
    [{ PC_MAX_TOKENS: "x" }, "unknown variable PC_MAX_TOKENS, did you mean PC_MAX_INPUT_TOKENS?"],
    [{ PC_PORT: "x" }, "unknown variable PC_PORT, did you mean PORT?"],
  ];

  it.each(mistakes)("refuses %j", (env, message) => {
    expect(() => configFromEnvironment(env)).toThrow(message);
  });

  it("never repeats what may hold a secret", () => {
    const secrets: readonly Record<string, string>[] = [
      { PC_API_KEYS: "sk-hidden" },
      { OPENAI_BASE_URL: "ftp://user:sk-hidden@host" },
      { REDIS_URL: "http://:sk-hidden@host" },
    ];

    for (const env of secrets) expect(messageOf(() => configFromEnvironment(env))).not.toContain("sk-hidden");
  });

  it("takes another program's PC_ variable for what it is, and says so", () => {
    const { notes } = configFromEnvironment({ PC_PROC_NAME: "api", PC_TEST_REDIS_URL: "redis://127.0.0.1" });

    expect(notes).toEqual(["PC_PROC_NAME has no effect: no variable of prompt-compiler has this name"]);
  });
});

describe("loadConfigFile", () => {
  it("finds none in a folder without one", async () => {
    expect(await loadConfigFile(folderWith({ "package.json": "{}" }), {})).toBeUndefined();
  });

  it("turns the descriptions of a JSON file into values, with keys from the environment", async () => {
    const folder = folderWith({
      "prompt-compiler.config.json": JSON.stringify({
        deployments: [
          {
            id: "gpu-1",
            model: "qwen3-32b",
            provider: {
              type: "openai-compatible",
              baseURL: "https://127.0.0.1:1/v1",
              apiKey: { env: "GPU_KEY" },
              http2: true,
              tls: { ca: { env: "GPU_CA" } },
            },
          },
        ],
        strategy: { type: "round-robin" },
        storage: { type: "level", directory: "/data" },
        state: { type: "redis", url: "redis://127.0.0.1:1" },
        keys: [{ tenant: "acme", key: { env: "ACME_KEY" } }],
      }),
    });

    const { compiler, gateway } = await resolveDefaultOptions(
      { GPU_KEY: "sk-1", GPU_CA: certificate, ACME_KEY: "sk-2" },
      folder,
    );

    expect(compiler.deployments?.[0]?.provider.name).toBe("openai-compatible");
    expect(compiler.strategy?.name).toBe("round-robin");
    expect(compiler.storage?.name).toBe("level:/data");
    expect(compiler.state?.name).toBe("redis:redis://127.0.0.1:1");
    expect(gateway.keys).toEqual([{ tenant: "acme", key: "sk-2" }]);
  });

  it("takes a module's default export, or what it promises", async () => {
    const text = "export default Promise.resolve({ context: { maxInputTokens: 12 } });";

    const file = await loadConfigFile(folderWith({ "prompt-compiler.config.mjs": text }), {});

    expect(file?.content).toEqual({ context: { maxInputTokens: 12 } });
  });

  it("takes JSON behind a byte order mark", async () => {
    const folder = folderWith({ "prompt-compiler.config.json": "\uFEFF{}" });

    expect((await loadConfigFile(folder, {}))?.content).toEqual({});
  });

  it("takes a CommonJS module", async () => {
    const folder = folderWith({
      "package.json": '{ "type": "commonjs" }',
      "prompt-compiler.config.js": "module.exports = { context: { maxInputTokens: 13 } };",
    });

    expect((await loadConfigFile(folder, {}))?.content).toEqual({ context: { maxInputTokens: 13 } });
  });

  const json = (content: unknown) => ({ "prompt-compiler.config.json": JSON.stringify(content) });
  const mistakes: readonly [string, Record<string, string>, RegExp][] = [
    [
      "two files",
      { ...json({}), "prompt-compiler.config.mjs": "" },
      /two config files: .+json and .+mjs; keep one$/,
    ],
    [
      "no default export",
      { "prompt-compiler.config.mjs": "export const a = 1;" },
      /mjs: has no default export$/,
    ],
    [
      "a syntax error",
      { "prompt-compiler.config.mjs": "export default { a: 1;" },
      /config\.mjs: cannot be loaded: \w*Error: /,
    ],
    [
      "what it throws",
      { "prompt-compiler.config.mjs": "throw new Error('no such GPU');" },
      /config\.mjs: cannot be loaded: Error: no such GPU$/,
    ],
    [
      "a file that would be passed over",
      { "prompt-compiler.config.yaml": "keys: []" },
      /config\.yaml: is not read; make it a \.json, \.mjs or \.js$/,
    ],
    [
      "what is no JSON, without quoting it",
      { "prompt-compiler.config.json": '{\n  "apiKey": "sk-hidden"\n  "model": 1 }' },
      /^(?!.*sk-hidden).+config\.json(, line \d)?: not valid JSON$/,
    ],
    [
      "a variable that is not set",
      json({ keys: [{ tenant: "t", key: { env: "NONE_SUCH" } }] }),
      /config\.json: environment variable NONE_SUCH is not set$/,
    ],
    [
      "a provider of an unknown kind",
      json({ deployments: [{ id: "a", model: "m", provider: { type: "openai" } }] }),
      /deployments\[0\]\.provider\.type must be "anthropic" or "gemini" or "openai-compatible", got "openai"$/,
    ],
    [
      "a misspelt option of a provider",
      json({
        deployments: [{ id: "a", model: "m", provider: { type: "openai-compatible", baseUrl: "http://x" } }],
      }),
      /deployments\[0\]\.provider: .*unknown option baseUrl, did you mean baseURL\?$/,
    ],
    [
      "HTTP/2 without TLS",
      json({
        deployments: [
          { id: "a", model: "m", provider: { type: "openai-compatible", baseURL: "http://x", http2: true } },
        ],
      }),
      /http2 needs an https baseURL, got http:\/\/$/,
    ],
    [
      "a misspelt option",
      json({ deployment: [] }),
      /config\.json: unknown option deployment, did you mean deployments\?$/,
    ],
  ];

  it.each(mistakes)("refuses %s", async (_, files, message) => {
    await expect(resolveDefaultOptions({}, folderWith(files))).rejects.toThrow(message);
  });
});

describe("resolveDefaultOptions", () => {
  it("keeps data in ./pc-data where nobody says", async () => {
    const { compiler, configFile } = await resolveDefaultOptions({}, folderWith({}));

    expect(compiler.storage?.name).toBe("level:./pc-data");
    expect(configFile).toBeUndefined();
  });

  it("puts the environment over the file, option by option", async () => {
    const folder = folderWith({
      "prompt-compiler.config.json": JSON.stringify({
        context: { maxInputTokens: 1, sharedTokens: 2 },
        storage: { type: "memory" },
        maxBodyBytes: 3,
        keepAliveAfterMs: 4,
      }),
    });

    const { compiler, gateway } = await resolveDefaultOptions(
      { PC_MAX_INPUT_TOKENS: "10", PC_DATA_DIR: "/data", PC_MAX_BODY_BYTES: "30" },
      folder,
    );

    expect(compiler.context).toEqual({ maxInputTokens: 10, sharedTokens: 2 });
    expect(compiler.storage?.name).toBe("level:/data");
    expect(gateway).toEqual({ maxBodyBytes: 30, keepAliveAfterMs: 4, production: false });
  });

  it("takes the state of the environment, else of the file, else one of its own", async () => {
    const folder = folderWith({ "prompt-compiler.config.json": '{ "state": { "type": "local" } }' });
    const stateOf = async (env: Record<string, string>, directory = folder) =>
      (await resolveDefaultOptions(env, directory)).compiler.state?.name;

    expect(await stateOf({ REDIS_URL: "redis://127.0.0.1:1" })).toBe("redis:redis://127.0.0.1:1");
    expect(await stateOf({})).toBe("local");
    expect(await stateOf({}, folderWith({}))).toBeUndefined();
  });

  it("leaves a pool that somebody wrote down as it is, and says so", async () => {
    const folder = folderWith({ "prompt-compiler.config.json": JSON.stringify({ deployments: [] }) });

    const { compiler, notes } = await resolveDefaultOptions({ OPENAI_API_KEY: "sk" }, folder);

    expect(compiler.deployments).toEqual([]);
    expect(notes.join()).toContain("OPENAI_API_KEY, OPENAI_BASE_URL and OLLAMA_HOST add none");
  });

  it("reads the process's own environment where none is given, at each call", async () => {
    vi.stubEnv("PC_DATA_DIR", "/from-the-process");

    expect((await resolveDefaultOptions(undefined, folderWith({}))).compiler.storage?.name).toBe(
      "level:/from-the-process",
    );
  });
});
