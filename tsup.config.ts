import { defineConfig } from "tsup";

/** What package.json exports, one entry a subpath. */
const subpaths = {
  index: "src/index.ts",
  "core/index": "src/core/index.ts",
  "scheduler/index": "src/scheduler/index.ts",
  "gateway/index": "src/gateway/index.ts",
  "express/index": "src/adapters/express/index.ts",
  "koa/index": "src/adapters/koa/index.ts",
};

export default defineConfig({
  entry: { ...subpaths, cli: "src/cli.ts" },
  format: ["esm", "cjs"],
  target: "node20",
  dts: {
    entry: subpaths,
    // tsup sets `baseUrl` for its bundler of types, which TypeScript 6 takes for an error unless told.
    compilerOptions: { ignoreDeprecations: "6.0" },
  },
  // Subpaths share their modules, and `import.meta` works in CommonJS: both formats behave alike.
  splitting: true,
  shims: true,
  clean: true,
  treeshake: true,
});
