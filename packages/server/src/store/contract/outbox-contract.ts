import { expect, test } from "vitest";
import type { StoreEngine } from "../../model/store.ts";
import { createProject, newHash, NOON, outboxRow } from "./fixtures.ts";

export function outboxContract(store: () => StoreEngine): void {
  const outbox = () => store().outbox;
  const budget = () => store().budget;
  /** Far from other tests' rows, which are due at noon. */
  let clock = NOON + 1_000_000;

  /** Takes what other tests left, so that a claim sees its own rows only. */
  async function settleAll(): Promise<number> {
    clock += 10_000_000;
    for (const row of await outbox().claim(["alert", "digest", "analysis"], clock, 1, 1_000)) {
      await outbox().complete(row.id, clock);
    }
    return clock;
  }

  test("claim() leases due rows of the kinds asked for, oldest first", async () => {
    const now = await settleAll();
    const projectId = await createProject(store());
    const late = outboxRow(projectId, { dueAt: now });
    const early = outboxRow(projectId, { dueAt: now - 5 });
    const future = outboxRow(projectId, { dueAt: now + 1 });
    const other = outboxRow(projectId, { dueAt: now, kind: "analysis" });
    await outbox().add([late, early, future, other]);
    const claimed = await outbox().claim(["alert"], now, 1_000, 10);
    expect(claimed).toEqual([
      { ...early, attempts: 1, leaseUntil: now + 1_000 },
      { ...late, attempts: 1, leaseUntil: now + 1_000 },
    ]);
    expect(await outbox().claim(["alert"], now, 1_000, 10)).toEqual([]);
    expect(await outbox().claim([], now, 1_000, 10)).toEqual([]);
    expect((await outbox().claim(["analysis"], now, 1_000, 10)).map((row) => row.id)).toEqual([other.id]);
  });

  test("claimers who ask at once never get the same row", async () => {
    const now = await settleAll();
    const projectId = await createProject(store());
    const rows = Array.from({ length: 40 }, () => outboxRow(projectId, { dueAt: now }));
    await outbox().add(rows);
    const claims = await Promise.all(Array.from({ length: 8 }, () => outbox().claim(["alert"], now, 60_000, 10)));
    const rest = await outbox().claim(["alert"], now, 60_000, 100);
    const ids = [...claims.flat(), ...rest].map((row) => row.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(rows.map((row) => row.id).toSorted());
  });

  test("a lease that has ended is claimed again, and the attempt counted", async () => {
    const now = await settleAll();
    const row = outboxRow(await createProject(store()), { dueAt: now });
    await outbox().add([row]);
    await outbox().claim(["alert"], now, 1_000, 10);
    expect(await outbox().claim(["alert"], now + 999, 1_000, 10)).toEqual([]);
    expect(await outbox().claim(["alert"], now + 1_000, 1_000, 10)).toMatchObject([{ id: row.id, attempts: 2 }]);
  });

  test("a row is delivered, tried again, buried and revived", async () => {
    const now = await settleAll();
    const projectId = await createProject(store());
    const before = await outbox().counts();
    const [done, again, dead] = [0, 1, 2].map(() => outboxRow(projectId, { dueAt: now }));
    await outbox().add([done!, again!, dead!]);
    await outbox().claim(["alert"], now, 60_000, 10);
    await outbox().complete(done!.id, now);
    await outbox().retry(again!.id, now + 500, "refused");
    await outbox().bury(dead!.id, "gone");
    expect(await outbox().counts()).toEqual({ waiting: before.waiting + 1, dead: before.dead + 1 });
    expect(await outbox().nextDueAt()).toBe(now + 500);
    expect(await outbox().list({ projectId, state: "dead", limit: 5 })).toMatchObject([
      { id: dead!.id, lastError: "gone" },
    ]);
    expect(await outbox().list({ projectId, state: "delivered", limit: 5 })).toMatchObject([{ id: done!.id }]);
    expect(await outbox().list({ projectId, limit: 2 })).toHaveLength(2);
    expect(await outbox().claim(["alert"], now + 499, 1, 10)).toEqual([]);
    expect(await outbox().claim(["alert"], now + 500, 1, 10)).toMatchObject([{ id: again!.id, lastError: "refused" }]);
    expect(await outbox().revive(projectId, done!.id, now)).toBe(false);
    expect(await outbox().revive(projectId + 1, dead!.id, now)).toBe(false);
    expect(await outbox().revive(projectId, dead!.id, now + 600)).toBe(true);
    expect(await outbox().claim(["alert"], now + 600, 1, 10)).toMatchObject([{ id: again!.id }, { id: dead!.id }]);
  });

  test("adding a row that is there already changes nothing", async () => {
    const projectId = await createProject(store());
    const row = outboxRow(projectId);
    await outbox().add([row]);
    await outbox().add([{ ...row, payload: { text: "other" } }]);
    expect(await outbox().list({ projectId, limit: 5 })).toEqual([row]);
    await outbox().complete(row.id, NOON);
  });

  test("reservations that are asked for at once never pass the limit of calls", async () => {
    const key = newHash();
    const results = await Promise.all(
      Array.from({ length: 30 }, () => budget().reserve(key, "2026-05-20", 1, 10, 7, 1_000)),
    );
    expect(results.filter(Boolean)).toHaveLength(7);
    expect(await budget().spent(key, "2026-05-20")).toEqual({ calls: 7, microUsd: 70 });
  });

  test("reservations never pass the limit of money, and a settled one gives back", async () => {
    const key = newHash();
    const day = "2026-05-20";
    expect(await budget().spent(key, day)).toEqual({ calls: 0, microUsd: 0 });
    expect(await budget().reserve(key, day, 1, 1_001, 10, 1_000)).toBe(false);
    expect(await budget().reserve(key, day, 1, 900, 10, 1_000)).toBe(true);
    expect(await budget().reserve(key, day, 1, 101, 10, 1_000)).toBe(false);
    await budget().settle(key, day, 900, 250);
    expect(await budget().spent(key, day)).toEqual({ calls: 1, microUsd: 250 });
    expect(await budget().reserve(key, day, 1, 750, 10, 1_000)).toBe(true);
    await budget().settle(key, day, 750, 800);
    expect(await budget().spent(key, day)).toEqual({ calls: 2, microUsd: 1_050 });
    expect(await budget().reserve(key, "2026-05-21", 1, 1_000, 10, 1_000)).toBe(true);
  });
}
