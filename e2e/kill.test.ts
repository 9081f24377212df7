import { describe, expect, test } from "vitest";
import { openOwnPostgres } from "./kill/open-own-postgres.ts";
import { runKillTest } from "./kill/run-kill-test.ts";

const EXACT = { differences: [] };

test("killed at random moments under load, the server loses no acknowledged event and counts none twice", async () => {
  const result = await runKillTest({ rounds: 4, store: "sqlite", seed: 20, progress: () => {} });
  expect(result).toMatchObject(EXACT);
  expect(result.totals.requests).toBeGreaterThan(0);
});

describe.skipIf(!process.env["GATEWATCH_TEST_POSTGRES_URL"])("with PostgreSQL", () => {
  test("killed at random moments under load, the server loses no acknowledged event and counts none twice", async () => {
    const postgres = await openOwnPostgres();
    try {
      const store = { postgresUrl: postgres.url };
      const result = await runKillTest({ rounds: 3, store, seed: 20, progress: () => {} });
      expect(result).toMatchObject(EXACT);
      expect(result.totals.requests).toBeGreaterThan(0);
    } finally {
      await postgres.stop();
    }
  });
});
