import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { StoreEngine } from "./model/store.ts";
import { openEnvironmentChannel } from "./open-environment-channel.ts";
import { openStoreEngine } from "./store/open-store.ts";

let folder: string;
let store: StoreEngine;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-channel-"));
  store = await openStoreEngine({ engine: "sqlite", dataDir: folder });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const FIRST = "https://hooks.slack.com/services/T0/B0/first";
const SECOND = "https://hooks.slack.com/services/T0/B0/second";

it("openEnvironmentChannel() keeps one channel through changes of the environment, and never removes it", async () => {
  await openEnvironmentChannel(store, FIRST);
  const [made] = await store.control.listChannels();
  expect(made).toMatchObject({ kind: "slack", enabled: true });
  await openEnvironmentChannel(store, SECOND);
  await openEnvironmentChannel(store, null);
  expect(await store.control.listChannels()).toMatchObject([
    { id: made!.id, enabled: false, config: { webhookUrl: SECOND } },
  ]);
  await openEnvironmentChannel(store, FIRST);
  expect(await store.control.listChannels()).toMatchObject([{ id: made!.id, enabled: true }]);
});

it("openEnvironmentChannel() leaves people's own channels alone", async () => {
  const own = await store.control.createChannel({
    kind: "slack",
    name: "Slack (from the environment)",
    enabled: true,
    config: { webhookUrl: FIRST },
  });
  await openEnvironmentChannel(store, null);
  expect(await store.control.listChannels()).toEqual([own]);
});
