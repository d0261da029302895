import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/**
 * unit    no sockets, no processes: seconds
 * server  real servers on loopback, real stores, the official clients
 * full    what takes long: killed processes, every cut of every stream; `npm run test:full`
 * agents  coding agents of others, installed for it: minutes and a gigabyte; `npm run test:agents` only
 */
export default defineConfig({
  test: {
    // By default one core is left idle, which is half of a small machine.
    maxWorkers: availableParallelism(),
    reporters: ["default", "./test/interop/compatibility/hold.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.{server,full,agents}.test.ts"],
          // Nothing here keeps state in a module: loaded once a worker instead of once a file, they take a third of the time.
          isolate: false,
          // On a busy machine the longest takes several times its second.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "server",
          include: ["test/**/*.server.test.ts"],
          testTimeout: 60_000,
          globalSetup: ["test/redis.setup.ts"],
        },
      },
      {
        test: {
          name: "full",
          include: ["test/**/*.full.test.ts"],
          testTimeout: 300_000,
          globalSetup: ["test/redis.setup.ts"],
        },
      },
      {
        test: {
          name: "agents",
          include: ["test/**/*.agents.test.ts"],
          // Some wait up to half a minute before they ask again.
          testTimeout: 400_000,
        },
      },
    ],
  },
});
