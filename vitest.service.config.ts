import { defineConfig } from "vitest/config";

// Tests that need PostgreSQL, Redis or Chromium, and the end-to-end ones but for those with other systems' clients: started by tools/test.mjs, which brings the services.
export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"], externalConditions: ["source"] } },
  test: {
    include: ["packages/*/src/**/*.service.test.ts", "e2e/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "e2e/interop/**"],
    environment: "node",
    pool: "forks",
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
