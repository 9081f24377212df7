import type { ErrorEvent, Resource } from "@gatewatch/protocol";
import { describe, expect, it } from "vitest";
import type { ErrorArrival } from "../model/applied-errors.ts";
import { applyErrors } from "./apply-errors.ts";
import { buildErrorEvent, buildException } from "./build-error-event.ts";
import { countUsers } from "./fold-slot.ts";
import { createMemoryDigestTx } from "./memory-digest-tx.ts";
import { unpackEvent } from "./pack-event.ts";

const NOW = 1_763_600_000_000;
const HOUR_MS = 3_600_000;

function arrive(event: ErrorEvent, resource: Resource = {}): ErrorArrival {
  return { event, id: event.id, receivedAt: event.time, resource };
}

function fail(place: string, extra: Partial<ErrorEvent> = {}): ErrorEvent {
  return buildErrorEvent([buildException("TypeError", "x is undefined", [place])], { time: NOW, ...extra });
}

function asUser(id: number, route = "/cart"): Partial<ErrorEvent> {
  return {
    user: { authenticated: true, id, username: null },
    request: { method: "GET", url: route, route, headers: {}, query: {} },
  };
}

describe("applyErrors()", () => {
  it("creates one issue for many events, with exact counts, hours, users, releases and routes", async () => {
    const memory = createMemoryDigestTx();
    const events = Array.from({ length: 100 }, (_, index) =>
      arrive(fail("src/a.ts:1 total", { time: NOW + index * 60_000, count: 3, ...asUser(index % 7) }), {
        release: "1.0.0",
      }),
    );
    const applied = await applyErrors(memory.tx, 1, events, NOW);
    expect(applied.issues).toHaveLength(1);
    expect(applied.issues[0]).toMatchObject({ outcome: "new", added: 300, severityBefore: null });
    expect(applied.issues[0]!.newest.event.time).toBe(NOW + 99 * 60_000);
    const [issue] = memory.issues.values();
    expect(issue).toMatchObject({
      title: "TypeError: x is undefined",
      culprit: "src/a.ts:1 in total",
      state: "new",
      events: 300,
      firstSeen: NOW,
      lastSeen: NOW + 99 * 60_000,
      releases: ["1.0.0"],
      routes: ["GET /cart"],
    });
    expect(countUsers(issue!.users)).toBe(7);
    const counted = [...memory.hours.values()].flatMap((hours) => Array.from(hours.values()));
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(300);
    expect([...memory.hours.values()][0]!.get(NOW - (NOW % HOUR_MS))).toBeGreaterThan(0);
    expect(applied.exceptions.reduce((sum, { count }) => sum + count, 0)).toBe(300);
    expect(applied.issueByEvent.get(events[0]!.event.id)).toBe(issue!.id);
  });

  it("asks the store as often for ten thousand events as for two", async () => {
    const memory = createMemoryDigestTx();
    await applyErrors(memory.tx, 1, [arrive(fail("src/a.ts:1 total")), arrive(fail("src/a.ts:1 total"))], NOW);
    const few = memory.calls();
    await applyErrors(
      memory.tx,
      1,
      Array.from({ length: 10_000 }, () => arrive(fail("src/a.ts:1 total"))),
      NOW,
    );
    expect(memory.calls() - few).toBeLessThanOrEqual(few);
    expect([...memory.issues.values()].map((issue) => issue.events)).toEqual([10_002]);
    expect(memory.events.length).toBeLessThan(8);
  });

  it("leads a new caller to the issue of the same throw site, and remembers its hash", async () => {
    const memory = createMemoryDigestTx();
    const from = (caller: string) =>
      arrive(buildErrorEvent([buildException("TypeError", "no rate", ["src/tax.ts:7 rateOf", caller])]));
    await applyErrors(memory.tx, 1, [from("src/a.ts:1 checkout")], NOW);
    const applied = await applyErrors(memory.tx, 1, [from("src/b.ts:1 preview")], NOW);
    expect(applied.issues[0]).toMatchObject({ outcome: "ongoing", added: 1, record: { id: 1, events: 2 } });
    const counts = [...memory.hashes.values()].map((row) => [row.kind, row.events]);
    expect(counts.filter(([kind]) => kind === "app")).toEqual([
      ["app", 1],
      ["app", 1],
    ]);
    expect(memory.issues.size).toBe(1);
  });

  it("remembers what looks alike without joining it", async () => {
    const memory = createMemoryDigestTx();
    await applyErrors(memory.tx, 1, [arrive(fail("src/a.ts:1 total")), arrive(fail("src/b.ts:1 sum"))], NOW);
    expect(memory.issues.size).toBe(2);
    expect([...memory.hashes.values()].filter((row) => row.kind === "alike")).toHaveLength(1);
  });

  it("keeps projects apart", async () => {
    const memory = createMemoryDigestTx();
    await applyErrors(memory.tx, 1, [arrive(fail("src/a.ts:1 total"))], NOW);
    const other = await applyErrors(memory.tx, 2, [arrive(fail("src/a.ts:1 total"))], NOW);
    expect(other.issues[0]).toMatchObject({ outcome: "new", record: { id: 2, projectId: 2 } });
  });

  it("pins the first and latest events whole", async () => {
    const memory = createMemoryDigestTx();
    const first = fail("src/a.ts:1 total", { attributes: { cart: 7 } });
    await applyErrors(memory.tx, 1, [arrive(first), arrive(fail("src/a.ts:1 total", { time: NOW + 5 }))], NOW);
    expect(memory.events.map(({ pin, time }) => [pin, time - NOW])).toEqual([
      ["first", 0],
      ["latest", 5],
    ]);
    expect(unpackEvent(memory.events[0]!.body)).toEqual(first);
  });

  it("reopens a resolved issue with activity, a pinned event and the outcome", async () => {
    const memory = createMemoryDigestTx();
    await applyErrors(memory.tx, 1, [arrive(fail("src/a.ts:1 total"), { release: "1.0.0" })], NOW);
    memory.issues.set(1, {
      ...memory.issues.get(1)!,
      state: "resolved",
      resolvedAt: NOW + 10,
      resolveInNextRelease: true,
      resolvedInRelease: "1.0.0",
    });
    const same = await applyErrors(
      memory.tx,
      1,
      [arrive(fail("src/a.ts:1 total", { time: NOW + 20 }), { release: "1.0.0" })],
      NOW,
    );
    expect(same.issues[0]).toMatchObject({ outcome: "ongoing", record: { state: "resolved", events: 2 } });
    const later = await applyErrors(
      memory.tx,
      1,
      [arrive(fail("src/a.ts:1 total", { time: NOW + 30 }), { release: "1.1.0" })],
      NOW,
    );
    expect([same.issues[0]!.isNewRelease, later.issues[0]!.isNewRelease]).toEqual([false, true]);
    expect(later.issues[0]).toMatchObject({ outcome: "regressed", record: { state: "regressed", resolvedAt: null } });
    expect(memory.events.at(-1)).toMatchObject({ pin: "regression", release: "1.1.0" });
    expect(memory.activity.map(({ action }) => action)).toEqual(["created", "regressed"]);
  });

  it("takes the severity from the judge that the digest passes", async () => {
    const memory = createMemoryDigestTx();
    const applied = await applyErrors(memory.tx, 1, [arrive(fail("src/a.ts:1 total", asUser(1)))], NOW, (event) => ({
      severity: event.user?.id === 1 ? "critical" : "low",
      widens: false,
    }));
    expect(applied.issues[0]!.record.severity).toBe("critical");
  });
});
