/**
 * The house's rules about who may know whom. The rules are the tables at the top; `violations` holds any set of sources
 * against them, the real one and, to show that each rule can be broken, planted ones.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseSource, readSources, type SourceFile, type Sources } from "./source-files.ts";

/** Floors from the top down: which files are on it, and which floors they may import besides their own. */
const FLOORS = {
  cli: { files: ["cli.ts", "cli/"], imports: ["node-http", "gateway", "top", "core", "scheduler", "ground"] },
  express: { files: ["adapters/express/"], imports: ["node-http", "gateway", "top", "ground"] },
  koa: { files: ["adapters/koa/"], imports: ["node-http", "gateway", "top", "ground"] },
  langchain: { files: ["adapters/langchain/"], imports: ["top", "ground"] },
  "vercel-ai": { files: ["adapters/vercel-ai/"], imports: ["top", "ground"] },
  "node-http": {
    files: ["adapters/node-http.ts", "adapters/node-body.ts", "adapters/parser-refusal.ts"],
    imports: ["gateway", "top", "ground"],
  },
  gateway: { files: ["gateway/"], imports: ["top", "core", "scheduler", "ground"] },
  top: {
    files: [
      "index.ts",
      "prompt-compiler.ts",
      "default-compiler.ts",
      "count-tokens.ts",
      "dispatch.ts",
      "forward.ts",
      "learner.ts",
      "batch.ts",
      "deliver.ts",
      "error-answer.ts",
      "failure-status.ts",
      "key-fragments.ts",
      "relayed-headers.ts",
      "audit/",
      "batches/",
      "responses/",
      "stats/",
      "config.ts",
      "config/",
    ],
    imports: ["core", "scheduler", "attention", "ground"],
  },
  core: { files: ["core/"], imports: ["attention", "ground"] },
  scheduler: { files: ["scheduler/"], imports: ["ground"] },
  attention: { files: ["attention/"], imports: [] },
  ground: {
    files: [
      "wires/",
      "storage/",
      "chat.ts",
      "errors.ts",
      "clock.ts",
      "secret.ts",
      "byte-list.ts",
      "telemetry.ts",
      "nearest-name.ts",
      "ranker.ts",
      "tokenizer.ts",
      "embedder.ts",
      "sentences.ts",
      "date-words.ts",
      "shared-block.ts",
      "name-pattern.ts",
      "request-id.ts",
    ],
    imports: [],
  },
} as const;

/** Where a package may be imported. A package that is not here may be imported nowhere. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  express: ["adapters/express/"],
  koa: ["adapters/koa/"],
  "@langchain/core": ["adapters/langchain/"],
  langchain: ["adapters/langchain/"],
  ai: ["adapters/vercel-ai/"],
  "@ai-sdk/provider": ["adapters/vercel-ai/"],
  "classic-level": ["storage/level.ts"],
  ioredis: ["storage/redis.ts", "scheduler/state/redis.ts"],
  undici: [
    "scheduler/providers/http.ts",
    "scheduler/providers/connector.ts",
    "scheduler/providers/exchange.ts",
  ],
  zod: ["config.ts", "config/", "gateway/", "wires/"],
  "gpt-tokenizer": ["core/token-count.ts"],
  stemmer: ["core/retrieval/"],
  "lru-cache": ["core/", "scheduler/", "audit/"],
};

/** Who may touch a global. */
const GLOBALS: Readonly<Record<string, readonly string[]>> = {
  "process.env": ["config.ts", "cli.ts"],
  console: ["cli.ts", "cli/"],
};

/** They define an interface; what implements it lives beside them, and they know none of it. */
const INTERFACES = [
  "scheduler/providers/provider.ts",
  "scheduler/strategies/strategy.ts",
  "scheduler/state/shared-state.ts",
  "storage/storage.ts",
  "wires/wire.ts",
];

/** Names that say nothing about what is inside. */
const SHAPELESS = ["utils", "util", "helpers", "helper", "common", "misc", "shared"];

const ROOT_ENTRY = "index.ts";

interface Manifest {
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const SOURCE = resolve(import.meta.dirname, "../src");
const manifest: Manifest = JSON.parse(readFileSync(resolve(SOURCE, "../package.json"), "utf8"));
const OPTIONAL_PEERS = Object.keys(manifest.peerDependenciesMeta);

describe("the architecture", () => {
  it("is kept by every file under src", () => {
    expect(violations(readSources(SOURCE))).toEqual([]);
  });

  const planted: readonly [string, Sources, string][] = [
    [
      "core imports the scheduler",
      { "core/a.ts": 'import "../scheduler/b.ts";', "scheduler/b.ts": "" },
      "core/a.ts (core) imports scheduler/b.ts (scheduler)",
    ],
    [
      "the scheduler imports core, if only a type",
      { "scheduler/a.ts": 'import type { B } from "../core/b.ts";', "core/b.ts": "" },
      "scheduler/a.ts (scheduler) imports core/b.ts (core)",
    ],
    [
      "the ground imports the top",
      { "errors.ts": 'export * from "./config.ts";', "config.ts": "" },
      "errors.ts (ground) imports config.ts (top)",
    ],
    [
      "the top imports the gateway, at run time",
      { "config.ts": 'await import("./gateway/a.ts");', "gateway/a.ts": "" },
      "config.ts (top) imports gateway/a.ts (gateway)",
    ],
    [
      "attention imports anything of ours",
      { "attention/a.ts": 'type E = import("../errors.ts").E;', "errors.ts": "" },
      "attention/a.ts (attention) imports errors.ts (ground)",
    ],
    [
      "an adapter imports core",
      { "adapters/express/index.ts": 'import "../../core/a.ts";', "core/a.ts": "" },
      "adapters/express/index.ts (express) imports core/a.ts (core)",
    ],
    [
      "an adapter imports another adapter",
      { "adapters/koa/index.ts": 'import "../express/a.ts";', "adapters/express/a.ts": "" },
      "adapters/koa/index.ts (koa) imports adapters/express/a.ts (express)",
    ],
    ["a file is on no floor", { "stray.ts": "" }, "stray.ts is on no floor"],
    [
      "files import each other in a circle",
      {
        "core/a.ts": 'import "./b.ts";',
        "core/b.ts": 'import type { C } from "./c.ts";',
        "core/c.ts": 'import "./a.ts";',
      },
      "import cycle: core/a.ts → core/b.ts → core/c.ts → core/a.ts",
    ],
    [
      "an interface imports what implements it",
      { "storage/storage.ts": 'import "./memory.ts";', "storage/memory.ts": "" },
      "storage/storage.ts defines an interface and imports storage/memory.ts beside it",
    ],
    [
      "a framework is imported outside its adapter",
      { "gateway/a.ts": 'import type { Request } from "express";' },
      "gateway/a.ts may not import express",
    ],
    [
      "a driver's package is imported outside the driver",
      { "core/a.ts": 'import { ClassicLevel } from "classic-level";' },
      "core/a.ts may not import classic-level",
    ],
    [
      "a package has no place",
      { "core/a.ts": 'import "left-pad/now";' },
      "core/a.ts may not import left-pad",
    ],
    [
      "the environment is read",
      { "core/a.ts": "export const key = () => process.env.KEY;" },
      "core/a.ts may not use process.env",
    ],
    [
      "the environment is read by another spelling",
      { "core/a.ts": 'import { env } from "node:process";' },
      "core/a.ts may not use process.env",
    ],
    ["the library prints", { "core/a.ts": 'console.log("x");' }, "core/a.ts may not use console"],
    [
      "the library prints by another way",
      { "core/a.ts": 'process.stderr.write("x");' },
      "core/a.ts may not use console",
    ],
    ["a file is named after nothing", { "core/utils.ts": "" }, "core/utils.ts says nothing by its name"],
    [
      "a folder is named after nothing",
      { "core/common/a.ts": "" },
      "core/common/a.ts says nothing by its name",
    ],
    [
      "the root entry reaches an optional peer",
      {
        "index.ts": 'export * from "./storage/redis.ts";',
        "storage/redis.ts": 'import { Redis } from "ioredis";',
      },
      "index.ts reaches the optional peer ioredis in storage/redis.ts",
    ],
  ];

  it.each(planted)("is broken where %s", (_, sources, expected) => {
    expect(violations(sources)).toEqual([expected]);
  });

  it("lets the root entry reach what loads an optional peer when it is used", () => {
    const sources = {
      "index.ts": 'export * from "./storage/redis.ts";',
      "storage/redis.ts": 'export const open = () => import("ioredis");',
    };

    expect(violations(sources)).toEqual([]);
  });
});

/** What is wrong with these sources, a sentence each. */
function violations(sources: Sources): readonly string[] {
  const files = Object.entries(sources).map(([path, text]) => parseSource(path, text));
  return [
    ...files.flatMap(nameViolations),
    ...files.flatMap(floorViolations),
    ...files.flatMap(interfaceViolations),
    ...files.flatMap(packageViolations),
    ...files.flatMap(globalViolations),
    ...cycles(files),
    ...peersReached(files),
  ];
}

function nameViolations({ path }: SourceFile): readonly string[] {
  const words = path.replace(/\.ts$/, "").split("/");
  return words.some((word) => SHAPELESS.includes(word)) ? [`${path} says nothing by its name`] : [];
}

function floorViolations({ path, imports }: SourceFile): readonly string[] {
  const floor = floorOf(path);
  if (floor === undefined) return [`${path} is on no floor`];
  const allowed: readonly string[] = [floor, ...FLOORS[floor].imports];
  return imports.flatMap(({ file }) => {
    const other = file === undefined ? undefined : floorOf(file);
    return other === undefined || allowed.includes(other)
      ? []
      : [`${path} (${floor}) imports ${file} (${other})`];
  });
}

function floorOf(path: string): keyof typeof FLOORS | undefined {
  const names = Object.keys(FLOORS) as (keyof typeof FLOORS)[];
  return names.find((name) => isAmong(path, FLOORS[name].files));
}

/** @param places - files, and folders with a slash at their end */
function isAmong(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith("/") ? path.startsWith(place) : path === place));
}

function interfaceViolations({ path, imports }: SourceFile): readonly string[] {
  if (!INTERFACES.includes(path)) return [];
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  return imports
    .filter(({ file }) => file?.startsWith(folder))
    .map(({ file }) => `${path} defines an interface and imports ${file} beside it`);
}

function packageViolations({ path, imports }: SourceFile): readonly string[] {
  return imports.flatMap(({ package: name }) =>
    name === undefined || isAmong(path, PACKAGES[name] ?? []) ? [] : [`${path} may not import ${name}`],
  );
}

function globalViolations({ path, globals }: SourceFile): readonly string[] {
  return globals
    .filter((name) => !isAmong(path, GLOBALS[name] ?? []))
    .map((name) => `${path} may not use ${name}`);
}

/** One circle for each file that closes one, in the order of a depth-first walk. Imports of types count. */
function cycles(files: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push(`import cycle: ${[...trail.slice(start), path].join(" → ")}`);
    if (start >= 0 || done.has(path)) return;
    for (const { file } of byPath.get(path)?.imports ?? []) {
      if (file !== undefined) walk(file, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of files) walk(path, []);
  return found;
}

/** Optional peers that are loaded, or named by a type, as soon as the root entry is imported. */
function peersReached(files: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set([ROOT_ENTRY]);
  for (const path of reached) {
    for (const { file, dynamic } of byPath.get(path)?.imports ?? []) {
      if (file !== undefined && !dynamic) reached.add(file);
    }
  }
  return [...reached].flatMap((path) =>
    (byPath.get(path)?.imports ?? [])
      .filter(({ package: name, dynamic }) => !dynamic && name !== undefined && OPTIONAL_PEERS.includes(name))
      .map(({ package: name }) => `${ROOT_ENTRY} reaches the optional peer ${name} in ${path}`),
  );
}
