import { defineConfig } from "tsup";

/** One entry per subpath export of package.json, and the command line. */
export default defineConfig({
  entry: {
    index: "src/index.ts",
    "core/index": "src/core/index.ts",
    "scheduler/index": "src/scheduler/index.ts",
    "gateway/index": "src/gateway/index.ts",
    "express/index": "src/adapters/express/index.ts",
    cli: "src/cli.ts",
  },
  format: ["esm", "cjs"],
  target: "node20",
  dts: true,
  splitting: true,
  shims: true,
  clean: true,
  treeshake: true,
});
