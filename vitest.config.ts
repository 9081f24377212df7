import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/**
 * What replaces modules or globals (Hono's server brings a `Response` of its own), or belongs to a process alone: in a worker that runs
 * other files too, one would meet what another has left.
 */
const ISOLATED = [
  "packages/gatewatch/src/every-option-is-read.test.ts",
  "packages/gatewatch/src/ship/create-shipper*.test.ts",
  "packages/gatewatch/src/ship/spool-owner.test.ts",
  "packages/gatewatch/src/adapters/{fetch,hono}*.test.ts",
  "packages/gatewatch/src/gate/fetch/fetch-platform.test.ts",
  "packages/gatewatch/src/layers/cache/cache-of-route.test.ts",
];

/** Whole apps and servers on real sockets, threads and processes: `npm test` runs them, the quick check does not. */
const BROAD = [
  "packages/gatewatch/src/adapters/*.test.ts",
  "packages/gatewatch/src/**/*-on-sockets.test.ts",
  "packages/gatewatch/src/{watch-process,watch-streams}.test.ts",
  "packages/server/src/{main,shared-paths}.test.ts",
  "packages/server/src/api/{sign-in,walk-routes}.test.ts",
  "packages/server/src/commands/start.test.ts",
  "packages/server/src/digest/start-digest.test.ts",
  "packages/server/src/store/reader/start-readers.test.ts",
  "packages/server/src/store/sqlite/open-sqlite-engine.test.ts",
];

const exclude = ["**/node_modules/**", "**/dist/**", "**/*.service.test.ts"];

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"], externalConditions: ["source"] } },
  test: {
    environment: "node",
    pool: "forks",
    // One more than vitest's own choice: a good part of these tests waits for sockets, threads and processes.
    maxWorkers: availableParallelism(),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts"],
          exclude: [...exclude, ...ISOLATED, ...BROAD],
          // Loading the server anew for each file costs more than all the tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: "broad", include: BROAD, exclude: [...exclude, ...ISOLATED], isolate: false },
      },
      { extends: true, test: { name: "isolated", include: ISOLATED, exclude } },
    ],
  },
});
