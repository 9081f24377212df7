import { expect, test } from "vitest";
import { runKillTest } from "./kill/run-kill-test.ts";

const ROUNDS = 5;

test("killed at random moments under load, the server loses no acknowledged event and counts none twice", async () => {
  const { differences, totals } = await runKillTest({ rounds: ROUNDS, store: "sqlite", seed: 20, progress: () => {} });
  expect(differences).toEqual([]);
  expect(totals.requests).toBeGreaterThan(0);
  expect(totals.retries).toBeGreaterThan(0);
});
