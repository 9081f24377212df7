import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ErrorEvent } from "@gatewatch/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AppliedErrors, ErrorArrival } from "../model/applied-errors.ts";
import type { StoreEngine } from "../model/store.ts";
import { openSqliteEngine } from "../store/sqlite/open-sqlite-engine.ts";
import { applyErrors } from "./apply-errors.ts";
import { buildErrorEvent, buildException } from "./build-error-event.ts";
import { countUsers } from "./fold-slot.ts";
import { ignoreIssue } from "./ignore-issue.ts";
import { mergeIssues } from "./merge-issues.ts";
import { unpackEvent } from "./pack-event.ts";
import { resolveIssue } from "./resolve-issue.ts";
import { splitIssue } from "./split-issue.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
let folder: string;
let engine: StoreEngine;
let projectId: number;
let offset = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatewatch-issues-"));
  engine = await openSqliteEngine(folder);
  projectId = (await engine.control.createProject({ name: "shop", slug: "shop", at: NOW })).id;
});
afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

function unit(events: ErrorEvent[], release = "1.0.0"): Promise<AppliedErrors> {
  offset += 1;
  const arrivals: ErrorArrival[] = events.map((event) => ({
    event,
    id: event.id,
    receivedAt: event.time,
    resource: { release },
  }));
  return engine.digest({ segment: 1, offset }, (tx) => applyErrors(tx, projectId, arrivals, NOW));
}

function fail(place: string, user: number, time = NOW, count = 1): ErrorEvent {
  return buildErrorEvent([buildException("TypeError", "x is undefined", [place])], {
    time,
    count,
    user: { authenticated: true, id: user, username: null },
  });
}

describe("issues on the real store", () => {
  it("counts exactly over many units and finds its hashes again", async () => {
    let added = 0;
    for (let step = 0; step < 20; step++) {
      const events = Array.from({ length: 50 }, (_, index) =>
        fail(`src/f${index % 5}.ts:1 run`, index, NOW + step * 60_000, 1 + (index % 3)),
      );
      added += events.reduce((sum, event) => sum + (event.count ?? 1), 0);
      await unit(events);
    }
    const { issues } = await engine.issues.query({ projectId, sort: "events", limit: 50 });
    expect(issues).toHaveLength(5);
    expect(issues.reduce((sum, issue) => sum + issue.events, 0)).toBe(added);
    expect(issues.map((issue) => countUsers(issue.users))).toEqual([10, 10, 10, 10, 10]);
    const trends = await engine.issues.trends(
      projectId,
      issues.map(({ id }) => id),
      NOW + 30 * 60_000,
      24,
    );
    expect([...trends.values()].flat().reduce((sum, count) => sum + count, 0)).toBe(added);
  });

  it("keeps first and latest events, whole", async () => {
    const first = fail("src/a.ts:1 run", 1);
    const applied = await unit([first]);
    const { id } = applied.issues[0]!.record;
    for (let step = 1; step < 30; step++) await unit([fail("src/a.ts:1 run", step, NOW + step * 1000)]);
    const { events } = await engine.issues.listEvents(projectId, id, 100);
    expect(unpackEvent(events.find(({ pin }) => pin === "first")!.body)).toEqual(first);
    expect(events.filter(({ pin }) => pin === "latest").map(({ time }) => time)).toEqual([NOW + 29_000]);
  });

  it("restores exact counts, users and times when a merge is split again", async () => {
    const one = (await unit([fail("src/a.ts:1 run", 1, NOW, 7), fail("src/a.ts:1 run", 2, NOW + 1000)])).issues[0]!
      .record;
    const two = (await unit([fail("src/b.ts:1 walk", 2, NOW + 5000, 3)])).issues[0]!.record;
    const hashIds = (await engine.issues.listHashes(projectId, two.id)).map(({ id }) => id);
    const merged = await mergeIssues(engine, { projectId, into: one.id, from: [two.id], by: "ada", at: NOW });
    expect([merged.events, countUsers(merged.users), merged.lastSeen]).toEqual([11, 2, NOW + 5000]);
    expect(await engine.issues.get(projectId, two.id)).toBeNull();
    // An event of the merged kind lands in the target.
    const next = await unit([fail("src/b.ts:1 walk", 3, NOW + 6000)]);
    expect(next.issues[0]!.record).toMatchObject({ id: one.id, events: 12 });

    const split = await splitIssue(engine, { projectId, issueId: one.id, hashIds, by: "ada", at: NOW });
    const left = (await engine.issues.get(projectId, one.id))!;
    expect([split.events, countUsers(split.users), split.firstSeen, split.lastSeen]).toEqual([
      4,
      2,
      NOW + 5000,
      NOW + 6000,
    ]);
    expect([left.events, countUsers(left.users), left.firstSeen, left.lastSeen]).toEqual([8, 2, NOW, NOW + 1000]);
    const after = await unit([fail("src/b.ts:1 walk", 4, NOW + 7000)]);
    expect(after.issues[0]!.record.id).toBe(split.id);
  });

  it("reopens in a later release alone, and wakes at the count", async () => {
    const { id } = (await unit([fail("src/a.ts:1 run", 1)])).issues[0]!.record;
    await resolveIssue(engine, { projectId, issueId: id, by: "ada", at: NOW + 1, inNextRelease: true });
    expect((await unit([fail("src/a.ts:1 run", 1, NOW + 10)])).issues[0]).toMatchObject({
      outcome: "ongoing",
      record: { state: "resolved" },
    });
    expect((await unit([fail("src/a.ts:1 run", 1, NOW + 20)], "1.0.1")).issues[0]).toMatchObject({
      outcome: "regressed",
    });
    await ignoreIssue(engine, { projectId, issueId: id, by: "ada", at: NOW + 30, untilCount: 2 });
    expect((await unit([fail("src/a.ts:1 run", 1, NOW + 40)])).issues[0]).toMatchObject({ outcome: "ongoing" });
    expect((await unit([fail("src/a.ts:1 run", 1, NOW + 50)])).issues[0]).toMatchObject({
      outcome: "woken",
      record: { events: 5 },
    });
    const activity = await engine.issues.listActivity(projectId, id, 20);
    expect(activity.map(({ action }) => action).toSorted()).toEqual([
      "created",
      "ignored",
      "regressed",
      "resolved in the next release",
      "woken",
    ]);
  });

  it("shows issues that look alike as similar", async () => {
    const one = (await unit([fail("src/a.ts:1 run", 1)])).issues[0]!.record;
    const two = (await unit([fail("src/b.ts:1 walk", 1)])).issues[0]!.record;
    expect((await engine.issues.similar(projectId, one.id, 5)).map(({ id }) => id)).toEqual([two.id]);
  });
});
