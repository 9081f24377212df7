import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StoreEngine } from "../model/store.ts";
import { openStoreEngine } from "../store/open-store.ts";
import { createMonitorWatch } from "./watch-monitors.ts";

const NOW = Date.parse("2026-11-20T12:00Z");
const SETTING = "monitors.watch";
let folder: string;
let engine: StoreEngine;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-monitors-"));
  engine = await openStoreEngine({ engine: "sqlite", dataDir: folder });
});
afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a gap that another process notes at the same moment is kept", async () => {
  const other = { aliveAt: NOW - 1_000, gaps: [[NOW - 600_000, NOW + 9_000]] };
  await engine.control.setSetting(SETTING, { aliveAt: NOW - 70_000, gaps: [] });
  let reads = 0;
  const control = {
    ...engine.control,
    async getSetting(key: string) {
      const value = await engine.control.getSetting(key);
      if (++reads === 1) await engine.control.setSetting(key, other);
      return value;
    },
  };
  const watch = createMonitorWatch({
    store: { clients: engine.clients, control },
    journal: { append: async () => ({ segment: 0, offset: 0 }) },
    clock: () => NOW,
  });
  await watch.turn();
  expect(await engine.control.getSetting(SETTING)).toEqual(other);
});
