import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Alert } from "../model/alert.ts";
import type { ChannelRecord } from "../model/store.ts";
import { buildCountAlert, toOutboxRow } from "./build-alert.ts";
import { startSlackStandIn, type SlackStandIn } from "./channels/slack-stand-in.ts";
import { createDelivery } from "./create-delivery.ts";
import { defaultAlertRules } from "./default-alert-rules.ts";
import { createMemoryOutbox } from "./memory-outbox.ts";
import { startDelivery } from "./start-delivery.ts";

const HOUR_MS = 3_600_000;
let now = 1_763_600_000_000;
let slack: SlackStandIn;
const go = new AbortController().signal;

beforeEach(async () => {
  slack = await startSlackStandIn(() => now);
});
afterEach(() => slack.close());

function slackAt(url: string, patch: Partial<ChannelRecord> = {}): ChannelRecord {
  return {
    id: 5,
    kind: "slack",
    name: "ops",
    enabled: true,
    config: { webhookUrl: url },
    lastSuccessAt: null,
    lastFailureAt: null,
    lastFailure: null,
    ...patch,
  };
}

function alert(name: string): Alert {
  const rule = { ...defaultAlertRules(1)[3]!, id: 4 };
  const context = { projectId: 1, projectName: "shop", rule, at: now, publicUrl: null };
  return buildCountAlert(context, { key: `GET /${name}`, events: 10, windowMs: 300_000 });
}

function open(channels: ChannelRecord[] = [slackAt(slack.url)]) {
  const memory = createMemoryOutbox(channels);
  const failures: { message: string; dead: boolean }[] = [];
  const delivery = createDelivery({
    store: memory.store,
    clock: () => now,
    random: () => 0.5,
    wait: async (ms) => {
      now += ms;
    },
    onFailure: (failure) => failures.push(failure),
  });
  const add = (name: string, channelId = 5) => memory.store.outbox.add([toOutboxRow(alert(name), channelId)]);
  return { ...memory, delivery, failures, add };
}

describe("createDelivery()", () => {
  it("sends an alert once and completes its row", async () => {
    const { delivery, rows, results, add } = open();
    await add("cart");
    expect(await delivery.deliverDue(go)).toBe(1);
    expect(await delivery.deliverDue(go)).toBe(0);
    expect(slack.messages.map(({ text }) => text)).toEqual([
      "⚠️ Many errors on one route: 10 errors for GET /cart in 300 s",
    ]);
    expect([...rows.values()][0]).toMatchObject({ state: "delivered", attempts: 1 });
    expect(results).toEqual([null]);
  });

  it("sends no faster than one message a second, so that Slack never refuses", async () => {
    const { delivery, add } = open();
    for (let index = 0; index < 8; index++) await add(`r${index}`);
    await delivery.deliverDue(go);
    expect(slack.answers).toEqual({ 200: 8 });
  });

  it("backs off by 5 s · 2ⁿ and gives up after twelve tries, visibly", async () => {
    const { delivery, rows, add, failures } = open();
    await add("cart");
    slack.script.push(...Array<number>(12).fill(503));
    const waits: number[] = [];
    const row = [...rows.values()][0]!;
    while (row.state === "waiting") {
      await delivery.deliverDue(go);
      waits.push(row.dueAt - now);
      now = Math.max(now, row.dueAt);
    }
    expect(waits.slice(0, 4)).toEqual([5000, 10_000, 20_000, 40_000]);
    expect(row).toMatchObject({ state: "dead", attempts: 12, lastError: expect.stringContaining("503") });
    expect(failures.at(-1)).toMatchObject({ dead: true });
    // A channel that fails raises no alert about itself.
    expect([...rows.values()]).toEqual([row]);
    expect(slack.messages).toEqual([]);
  });

  it("waits as long as Retry-After says", async () => {
    const { delivery, rows, add } = open();
    await add("cart");
    slack.script.push({ status: 429, headers: { "retry-after": "77" } });
    await delivery.deliverDue(go);
    expect([...rows.values()][0]).toMatchObject({ state: "waiting", dueAt: now + 77_000 });
    now += 77_000;
    await delivery.deliverDue(go);
    expect(slack.messages).toHaveLength(1);
  });

  it.each([
    [400, "dead"],
    [404, "dead"],
    [410, "dead"],
    [408, "waiting"],
    [429, "waiting"],
    [500, "waiting"],
  ])("takes %i as %s", async (status, state) => {
    const { delivery, rows, results, add } = open();
    await add("cart");
    slack.script.push({ status, body: "no_service" });
    await delivery.deliverDue(go);
    expect([...rows.values()][0]).toMatchObject({ state, lastError: `Slack answered ${status}: no_service` });
    expect(results[0]).toContain(String(status));
  });

  it("holds back what is over sixty an hour and tells it in one message", async () => {
    const { delivery, add, rows } = open();
    for (let index = 0; index < 160; index++) await add(`r${index}`);
    while ((await delivery.deliverDue(go)) > 0);
    expect(slack.messages).toHaveLength(60);
    expect([...rows.values()].filter((row) => row.state === "waiting")).toHaveLength(100);
    now += HOUR_MS;
    while ((await delivery.deliverDue(go)) > 0);
    expect(slack.messages).toHaveLength(61);
    expect(JSON.stringify(slack.messages.at(-1))).toContain("+99 more");
    expect([...rows.values()].every((row) => row.state === "delivered")).toBe(true);
  });

  it("rests a channel after five failures in a row while others go on", async () => {
    const other = await startSlackStandIn(() => now);
    const { delivery, add } = open([slackAt(slack.url), slackAt(other.url, { id: 6 })]);
    slack.script.push(...Array<number>(100).fill(500));
    for (let index = 0; index < 9; index++) {
      await add(`r${index}`);
      await add(`r${index}`, 6);
    }
    await delivery.deliverDue(go);
    expect(slack.answers[500]).toBe(5);
    expect(other.messages).toHaveLength(9);
    await other.close();
  });

  it("buries rows of a channel that is gone, off or wrongly configured", async () => {
    const { delivery, rows, add } = open([
      slackAt(slack.url, { id: 6, enabled: false }),
      slackAt("ftp://x", { id: 7 }),
      slackAt(slack.url, { id: 8, kind: "pigeon" }),
    ]);
    for (const id of [5, 6, 7, 8]) await add("cart", id);
    await delivery.deliverDue(go);
    const errors = [...rows.values()].map((row) => `${row.state}: ${row.lastError}`);
    expect(errors.sort()).toEqual(
      [
        'dead: No channel is called "pigeon".',
        "dead: The channel does not exist any more.",
        'dead: The channel "ops" is switched off.',
        "dead: webhookUrl: must begin with https:// (http:// only to 127.0.0.1); got ftp://x",
      ].sort(),
    );
  });

  it("takes up the row of a worker that died with it, once its lease is over", async () => {
    const { delivery, rows, add, store } = open();
    await add("cart");
    await store.outbox.claim(["alert"], now, 120_000, 1);
    expect(await delivery.deliverDue(go)).toBe(0);
    now += 120_000;
    expect(await delivery.deliverDue(go)).toBe(1);
    expect([...rows.values()][0]!.state).toBe("delivered");
  });

  it("begins no message once it is stopped, and leaves the rows for later", async () => {
    const { delivery, rows, add } = open();
    await add("cart");
    await delivery.deliverDue(AbortSignal.abort());
    expect(slack.messages).toHaveLength(0);
    expect([...rows.values()][0]!.state).toBe("waiting");
  });
});

describe("startDelivery()", () => {
  it("delivers when it is poked, and stops", async () => {
    const memory = createMemoryOutbox([slackAt(slack.url)]);
    const worker = startDelivery({ store: memory.store, clock: () => now });
    await memory.store.outbox.add([toOutboxRow(alert("cart"), 5)]);
    worker.poke();
    await slack.waitForMessages(1);
    await worker.stop();
    expect([...memory.rows.values()][0]!.state).toBe("delivered");
  });

  it("lives on when the store fails, and says so", async () => {
    const memory = createMemoryOutbox([]);
    const crash = Promise.withResolvers<unknown>();
    const outbox = { ...memory.store.outbox, claim: () => Promise.reject(new Error("disk full")) };
    const store = { ...memory.store, outbox };
    const worker = startDelivery({ store, clock: () => now, onCrash: crash.resolve });
    expect(await crash.promise).toMatchObject({ message: "disk full" });
    await worker.stop();
  });
});
