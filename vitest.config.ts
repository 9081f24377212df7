import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** What replaces modules or belongs to a process alone: a worker that has run other files would not be new to it. */
const ISOLATED = [
  "packages/gatewatch/src/every-option-is-read.test.ts",
  "packages/gatewatch/src/ship/create-shipper*.test.ts",
  "packages/gatewatch/src/ship/spool-owner.test.ts",
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
    testTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts"],
          exclude: [...exclude, ...ISOLATED],
          // Loading the server anew for each file costs more than all the tests.
          isolate: false,
        },
      },
      { extends: true, test: { name: "isolated", include: ISOLATED, exclude } },
    ],
  },
});
