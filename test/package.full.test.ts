/**
 * The package as users get it: packed, unpacked into a project of its own beside its dependencies, and without any of
 * its optional peers.
 */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, unknown>>;
}

const ROOT = resolve(import.meta.dirname, "..");
const manifest: Manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const SUBPATHS = Object.keys(manifest.exports)
  .filter((subpath) => subpath !== "./package.json")
  .map((subpath) => subpath.replace(/^\./, "prompt-compiler"));

const project = mkdtempSync(join(tmpdir(), "prompt-compiler-package-"));
const installed = join(project, "node_modules/prompt-compiler");

beforeAll(() => {
  if (isStale()) run("npm", ["run", "build"], ROOT);
  const packed = run(
    "npm",
    ["pack", "--ignore-scripts", "--silent", "--pack-destination", project],
    ROOT,
  ).trim();
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", join(project, packed), "-C", installed, "--strip-components=1"], project);
  // Types of Node are what every consumer of a package for Node has.
  for (const name of [...Object.keys(manifest.dependencies), "@types/node"]) {
    const link = join(project, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link);
  }
}, 180_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("the packed package", () => {
  it("holds what it needs and nothing else", () => {
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" });

    const outside = files.filter((file) => !file.startsWith("dist"));
    expect(outside.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
  });

  it("holds no path of the machine it was built on", () => {
    const files = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });

    const telling = files
      .map((file) => join(installed, "dist", file))
      .filter((path) => statSync(path).isFile() && readFileSync(path, "utf8").includes(ROOT));
    expect(telling).toEqual([]);
  });

  it("is there without its optional peers", () => {
    for (const peer of Object.keys(manifest.peerDependenciesMeta)) {
      expect(existsSync(join(project, "node_modules", peer))).toBe(false);
    }
  });

  it.each(SUBPATHS)("imports %s, and requires it", (subpath) => {
    const imported = node(`import * as all from "${subpath}"; console.log(Object.keys(all).sort().join());`);
    const required = node(`console.log(Object.keys(require("${subpath}")).sort().join());`, "commonjs");

    expect(imported).not.toBe("");
    expect(required).toBe(imported);
  });

  it("answers in both formats, with no key and no network", () => {
    const ask = (load: string) => `${load}
      const compiler = createPromptCompiler();
      const messages = [{ role: "user", content: "The pear is green. The lobby is painted. Which colour has the pear?" }];
      compiler.chat({ messages }).then(async ({ choices }) => {
        await compiler.close();
        console.log(choices[0].message.content);
      });`;

    expect(node(ask('import { createPromptCompiler } from "prompt-compiler";'))).toContain(
      "The pear is green.",
    );
    expect(node(ask('const { createPromptCompiler } = require("prompt-compiler");'), "commonjs")).toContain(
      "The pear is green.",
    );
  });

  it("knows a compiler of the other format's copy as one", () => {
    const script = `import { createRequire } from "node:module";
      import { isPromptCompiler } from "prompt-compiler";
      import { pcMiddleware } from "prompt-compiler/express";
      const compiler = createRequire(import.meta.url)("prompt-compiler").createPromptCompiler();
      console.log(isPromptCompiler(compiler), typeof pcMiddleware(compiler));`;

    expect(node(script)).toBe("true function");
  });

  it("prints errors by their names", () => {
    const script = `import { inspect } from "node:util";
      import * as all from "prompt-compiler";
      console.log(inspect(new all.ProviderError("network", "gone")), all.PromptCompilerError.name);`;

    const printed = node(script);

    expect(printed).toMatch(/^ProviderError: gone\n/);
    expect(printed).toMatch(/ PromptCompilerError$/);
  });

  it("runs from the command line", () => {
    const { version }: { version: string } = JSON.parse(
      readFileSync(join(installed, "package.json"), "utf8"),
    );

    expect(run(join(installed, "dist/cli.js"), ["--version"], project).trim()).toBe(version);
  });

  it.each([
    ["an ES module", "consumer.mts"],
    ["a CommonJS module", "consumer.cts"],
  ])("has types that %s compiles against, its declarations checked too", (_, file) => {
    const imports = SUBPATHS.map((subpath, index) => `import * as part${index} from "${subpath}";`).join(
      "\n",
    );
    writeFileSync(
      join(project, file),
      `${imports}
import { createPromptCompiler, type PromptCompiler, type PromptCompilerOptions } from "prompt-compiler";
const options: PromptCompilerOptions = { context: { maxInputTokens: 100 } };
export const compiler: PromptCompiler = createPromptCompiler(options);
export const parts: readonly object[] = [${SUBPATHS.map((__, index) => `part${index}`).join(", ")}];
`,
    );
    const compilerOptions = {
      target: "es2022",
      lib: ["es2023"],
      module: "node16",
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      types: ["node"],
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));

    expect(run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", "."], project)).toBe(
      "",
    );
  });
});

/** Whether a source is newer than what was built of it. */
function isStale(): boolean {
  const built = join(ROOT, "dist/express/index.d.cts");
  if (!existsSync(built)) return true;
  const { mtimeMs } = statSync(built);
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  return sources.some((file) => statSync(join(ROOT, "src", file)).mtimeMs > mtimeMs);
}

/** What a script in the project prints. */
function node(script: string, type: "module" | "commonjs" = "module"): string {
  return run(process.execPath, [`--input-type=${type}`, "--eval", script], project).trim();
}

/** What a command prints; throws with all it said if it fails. */
function run(command: string, args: readonly string[], directory: string): string {
  try {
    return execFileSync(command, args, { cwd: directory, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}
