import { defineConfig } from "vitest/config";

/**
 * unit    no sockets, no processes: seconds
 * server  real servers on loopback, real stores, the official clients
 * full    what takes long: killed processes, every cut of every stream; `npm run test:full`
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.server.test.ts", "test/**/*.full.test.ts"],
          // On a busy machine the longest takes several times its second.
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "server",
          include: ["test/**/*.server.test.ts"],
          testTimeout: 20_000,
          globalSetup: ["test/redis.setup.ts"],
        },
      },
      {
        test: {
          name: "full",
          include: ["test/**/*.full.test.ts"],
          testTimeout: 120_000,
          globalSetup: ["test/redis.setup.ts"],
        },
      },
    ],
  },
});
