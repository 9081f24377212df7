import { MessageChannel } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../model/store.ts";
import { StoreError } from "./store-error.ts";
import { createRemoteStore, serveStore } from "./store-rpc.ts";

describe("createRemoteStore()", () => {
  let channel: MessageChannel;
  beforeEach(() => {
    channel = new MessageChannel();
  });
  afterEach(() => {
    channel.port1.close();
    channel.port2.close();
  });

  /** A store of which a test needs a few methods only. */
  function connect(methods: { [Group in keyof Store]?: Partial<Store[Group]> }): Store {
    serveStore(channel.port1, methods as unknown as Store);
    return createRemoteStore(channel.port2);
  }

  test("calls methods by their arguments and gives their results, maps and bytes too", async () => {
    const store = connect({
      issues: { trends: async (projectId, issueIds) => new Map([[issueIds[0]!, [projectId, 2]]]) },
      telemetry: { hasEvents: async (projectId) => projectId === 3 },
    });
    expect(await store.issues.trends(7, [9], 0, 1)).toEqual(new Map([[9, [7, 2]]]));
    expect(await store.telemetry.hasEvents(3)).toBe(true);
  });

  test("answers calls in any order", async () => {
    const release = Promise.withResolvers<number>();
    const store = connect({
      maintenance: { size: () => release.promise, schemaVersion: async () => 3 },
    });
    const size = store.maintenance.size();
    expect(await store.maintenance.schemaVersion()).toBe(3);
    release.resolve(12);
    expect(await size).toBe(12);
  });

  test("an error keeps its name, code, message and way out, and no stack of the other side", async () => {
    const store = connect({
      maintenance: {
        size: () => Promise.reject(new StoreError("store_disk_full", "The disk is full.")),
        schemaVersion: () => Promise.reject(Object.assign(new TypeError("wrong"), { code: "E_WRONG" })),
      },
    });
    const error: unknown = await store.maintenance.size().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({
      code: "store_disk_full",
      message: "The disk is full.",
      help: expect.stringContaining("Free space"),
    });
    await expect(store.maintenance.schemaVersion()).rejects.toMatchObject({
      name: "TypeError",
      code: "E_WRONG",
      message: "wrong",
    });
  });

  test("a method that does not exist is refused, inherited ones too", async () => {
    const store = connect({ budget: {} });
    await expect(store.budget.spent("a", "b")).rejects.toThrow("There is no method budget.spent.");
    const strange = store.budget as unknown as { toString(): Promise<string> };
    await expect(strange.toString()).rejects.toThrow("There is no method budget.toString.");
  });

  test("calls fail once the port is closed, those under way and those after", async () => {
    const store = connect({ maintenance: { size: () => new Promise(() => {}) } });
    const waiting = store.maintenance.size();
    channel.port1.close();
    await expect(waiting).rejects.toMatchObject({ code: "store_closed" });
    await expect(store.maintenance.size()).rejects.toMatchObject({ code: "store_closed" });
  });

  test("an argument that cannot be sent fails its own call alone", async () => {
    const store = connect({ control: { getSetting: async () => "there" } });
    await expect(store.control.setSetting("key", (() => 1) as unknown as null)).rejects.toThrow("could not be cloned");
    expect(await store.control.getSetting("key")).toBe("there");
  });

  test("messages of others on the same port are left alone", async () => {
    const store = connect({ control: { getSetting: async () => 5 } });
    channel.port2.postMessage({ type: "something else" });
    channel.port2.postMessage({ type: "store.call", id: 1, group: "__proto__", method: "x", args: [] });
    expect(await store.control.getSetting("key")).toBe(5);
  });
});
