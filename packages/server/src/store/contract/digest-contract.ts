import { expect, test } from "vitest";
import type { HashDelta } from "../../model/issue.ts";
import { joinSpreads, Spread, spreadDay } from "../../model/spread.ts";
import type { StoreEngine } from "../../model/store.ts";
import {
  addIssue,
  analysisOf,
  attachRow,
  chunk,
  createProject,
  DAY_MS,
  digest,
  draftIssue,
  HOUR_MS,
  issueEvent,
  newBatch,
  newHash,
  nextPosition,
  NOON,
  outboxRow,
  rollup,
  usersOf,
} from "./fixtures.ts";

export function digestContract(store: () => StoreEngine): void {
  test("digest() commits its position together with its work", async () => {
    const position = nextPosition();
    const result = await store().digest(position, async () => "done");
    expect(result).toBe("done");
    expect(await store().digestPosition()).toEqual(position);
  });

  test("a unit whose work throws leaves nothing behind", async () => {
    const projectId = await createProject(store());
    const before = await store().digestPosition();
    const batch = newBatch(projectId);
    const position = nextPosition();
    const failed = store().digest(position, async (tx) => {
      await tx.addBatches([batch]);
      await tx.putChunks([chunk(projectId, position)]);
      await tx.addRollups("minute", [rollup(projectId, [5])]);
      await tx.addRollups("minute_route", [rollup(projectId, [5], { route: "GET /lost" })]);
      await tx.insertIssue(draftIssue(projectId));
      await tx.addOutbox([outboxRow(projectId)]);
      throw new Error("the work failed");
    });
    await expect(failed).rejects.toThrow("the work failed");

    expect(await store().digestPosition()).toEqual(before);
    expect(await store().telemetry.hasEvents(projectId)).toBe(false);
    expect(await store().telemetry.rollups("minute", projectId, 0, NOON * 2)).toEqual([]);
    expect(await store().telemetry.chunks(projectId, "request", 0, NOON * 2, 10)).toEqual([]);
    expect((await store().issues.query({ projectId, sort: "lastSeen", limit: 10 })).issues).toEqual([]);
    expect(await store().outbox.list({ projectId, limit: 10 })).toEqual([]);
    expect(await digest(store(), (tx) => tx.addBatches([batch]))).toEqual([]);
    await digest(store(), (tx) => tx.addRollups("minute_route", [rollup(projectId, [5], { route: "GET /lost" })]));
    expect(await store().telemetry.rollups("minute_route", projectId, 0, NOON * 2, "GET /lost")).toHaveLength(1);
  });

  test("units that are asked for at once run one after the other", async () => {
    const running: string[] = [];
    const position = nextPosition();
    const unit = (name: string) =>
      store().digest(position, async (tx) => {
        running.push(`${name} begins`);
        await tx.projects();
        running.push(`${name} ends`);
      });
    await Promise.all([unit("first"), unit("second")]);
    expect(running).toEqual(["first begins", "first ends", "second begins", "second ends"]);
  });

  test("addBatches() names the indexes of batches that were there before, also of another day and within the call", async () => {
    const projectId = await createProject(store());
    const [a, b, c] = [newBatch(projectId), newBatch(projectId), newBatch(projectId)];
    expect(await digest(store(), (tx) => tx.addBatches([a, b]))).toEqual([]);
    expect(await digest(store(), (tx) => tx.addBatches([c, b, c]))).toEqual([1, 2]);
    const tomorrow = { ...a, receivedAt: a.receivedAt + DAY_MS };
    expect(await digest(store(), (tx) => tx.addBatches([tomorrow]))).toEqual([0]);
    expect(await digest(store(), (tx) => tx.addBatches([]))).toEqual([]);
  });

  test("hasBatch() knows the batches of every kept day, of their own project only", async () => {
    const projectId = await createProject(store());
    const stranger = await createProject(store());
    const old = newBatch(projectId, NOON - DAY_MS);
    const fresh = newBatch(projectId);
    await digest(store(), (tx) => tx.addBatches([old, fresh]));
    expect(await store().telemetry.hasBatch(projectId, old.id)).toBe(true);
    expect(await store().telemetry.hasBatch(projectId, fresh.id)).toBe(true);
    expect(await store().telemetry.hasBatch(stranger, fresh.id)).toBe(false);
    expect(await store().telemetry.hasBatch(projectId, newBatch(projectId).id)).toBe(false);
  });

  test("addBatches() takes thousands at once", async () => {
    const projectId = await createProject(store());
    const batches = Array.from({ length: 2_500 }, () => newBatch(projectId));
    expect(await digest(store(), (tx) => tx.addBatches(batches))).toEqual([]);
    expect(await digest(store(), (tx) => tx.addBatches(batches))).toEqual(batches.map((_, index) => index));
  });

  test("one batch id in two projects is two batches", async () => {
    const first = await createProject(store());
    const second = await createProject(store());
    const batch = newBatch(first);
    await digest(store(), (tx) => tx.addBatches([batch]));
    expect(await digest(store(), (tx) => tx.addBatches([{ ...batch, projectId: second }]))).toEqual([]);
  });

  test("findHashes() finds hashes of its own project only", async () => {
    const projectId = await createProject(store());
    const stranger = await createProject(store());
    const { hash } = await addIssue(store(), projectId);
    const found = await digest(store(), (tx) => tx.findHashes(projectId, [hash.hash, newHash()]));
    expect(found.map((row) => row.id)).toEqual([hash.id]);
    expect(await digest(store(), (tx) => tx.findHashes(stranger, [hash.hash]))).toEqual([]);
    expect(await digest(store(), (tx) => tx.findHashes(projectId, []))).toEqual([]);
  });

  test("getIssues() and updateIssues() write whole issues back with a new version", async () => {
    const projectId = await createProject(store());
    const { issue } = await addIssue(store(), projectId);
    await digest(store(), async (tx) => {
      const [read] = await tx.getIssues(projectId, [issue.id]);
      expect(read).toEqual(issue);
      await tx.updateIssues([
        { ...read!, state: "regressed", events: 12, releases: ["1.0", "1.1"], routes: ["GET /"] },
      ]);
    });
    expect(await store().issues.get(projectId, issue.id)).toEqual({
      ...issue,
      state: "regressed",
      events: 12,
      releases: ["1.0", "1.1"],
      routes: ["GET /"],
      version: issue.version + 1,
    });
  });

  test("attachHashes() returns one row per argument, and a known hash stays where it is", async () => {
    const projectId = await createProject(store());
    const { issue, hash } = await addIssue(store(), projectId);
    const fresh = newHash();
    const rows = await digest(store(), async (tx) => {
      const other = await tx.insertIssue(draftIssue(projectId));
      return tx.attachHashes([
        attachRow(other, { kind: "app", hash: fresh }),
        attachRow(other, { kind: "system", hash: hash.hash }),
        attachRow(other, { kind: "app", hash: fresh }),
      ]);
    });
    expect(rows.map((row) => row.hash)).toEqual([fresh, hash.hash, fresh]);
    expect(rows[0]).toEqual(rows[2]);
    expect(rows[0]).toMatchObject({ events: 0, kind: "app", explanation: { rule: "app" } });
    expect(rows[1]).toMatchObject({ id: hash.id, issueId: issue.id, kind: "app" });
  });

  test("addHashDeltas() sums counts, hours and users, and ignores a stranger's hash", async () => {
    const projectId = await createProject(store());
    const stranger = await createProject(store());
    const { issue, hash } = await addIssue(store(), projectId, {
      events: 2,
      releases: ["1.0"],
      users: usersOf(["ann"]),
    });
    const delta = {
      hashId: hash.id,
      events: 3,
      firstSeen: NOON - HOUR_MS,
      lastSeen: NOON + 5,
      users: usersOf(["ann", "bob"]),
      releases: ["1.1"],
      routes: ["GET /a"],
      hours: new Map([[NOON, 3]]),
    };
    await digest(store(), async (tx) => {
      await tx.addHashDeltas(projectId, [delta, { ...delta, events: 1, hours: new Map([[NOON, 1]]) }]);
      await tx.addHashDeltas(stranger, [delta]);
    });
    const [row] = await store().issues.listHashes(projectId, issue.id);
    expect(row).toMatchObject({
      events: 6,
      firstSeen: NOON - HOUR_MS,
      lastSeen: NOON + 5,
      firstRelease: "1.1",
      lastRelease: "1.1",
    });
    expect(await store().issues.trends(projectId, [issue.id], NOON, 2)).toEqual(new Map([[issue.id, [0, 6]]]));
  });

  test("addIssueEvents() keeps one latest, every first and regression, and never replaces an event", async () => {
    const projectId = await createProject(store());
    const { issue, hash } = await addIssue(store(), projectId);
    const first = issueEvent(issue, hash.id, { pin: "first", time: NOON });
    const older = issueEvent(issue, hash.id, { pin: "latest", time: NOON + 1 });
    const regression = issueEvent(issue, hash.id, { pin: "regression", time: NOON + 2 });
    const newest = issueEvent(issue, hash.id, { pin: "latest", time: NOON + 3 });
    await digest(store(), (tx) => tx.addIssueEvents([first, older]));
    await digest(store(), (tx) => tx.addIssueEvents([regression, newest]));
    await digest(store(), (tx) => tx.addIssueEvents([{ ...first, pin: "latest", message: "again", time: NOON + 9 }]));
    const { events } = await store().issues.listEvents(projectId, issue.id, 10);
    expect(events).toEqual([newest, regression, { ...older, pin: "sample" }, first]);
  });

  test("addIssueEvents() takes the last of several latest as the latest", async () => {
    const projectId = await createProject(store());
    const { issue, hash } = await addIssue(store(), projectId);
    const events = [1, 2, 3].map((second) => issueEvent(issue, hash.id, { pin: "latest", time: NOON + second }));
    await digest(store(), (tx) => tx.addIssueEvents(events));
    const stored = await store().issues.listEvents(projectId, issue.id, 10);
    expect(stored.events.map((event) => event.pin)).toEqual(["latest", "sample", "sample"]);
  });

  test("samples of an issue are thinned: bounded, the oldest kept, pins untouched", async () => {
    const projectId = await createProject(store());
    const { issue, hash } = await addIssue(store(), projectId);
    await digest(store(), (tx) => tx.addIssueEvents([issueEvent(issue, hash.id, { pin: "first", time: NOON - 1 })]));
    const ids: string[] = [];
    for (let round = 0; round < 4; round++) {
      const samples = Array.from({ length: 40 }, (_, index) =>
        issueEvent(issue, hash.id, { time: NOON + round * 40 + index }),
      );
      ids.push(...samples.map((sample) => sample.id));
      await digest(store(), (tx) => tx.addIssueEvents(samples));
    }
    const { events } = await store().issues.listEvents(projectId, issue.id, 200);
    const samples = events.filter((event) => event.pin === "sample");
    expect(samples.length).toBeLessThanOrEqual(50);
    expect(samples.length).toBeGreaterThanOrEqual(25);
    expect(samples.at(-1)!.id).toBe(ids[0]);
    expect(events.at(-1)!.pin).toBe("first");
  });

  test("spreads of hashes and of the traffic add up by day, within a unit and over units", async () => {
    const projectId = await createProject(store());
    const { issue, hash } = await addIssue(store(), projectId);
    const today = spreadDay(NOON);
    const spread = (release: string, user: string) => {
      const spread = new Spread();
      spread.count = 1;
      spread.add("release", release, 1);
      spread.addUser(user, 1);
      return spread.toBytes();
    };
    const delta = (spreads: Map<number, Uint8Array>): HashDelta => ({
      hashId: hash.id,
      events: 1,
      firstSeen: NOON,
      lastSeen: NOON,
      users: null,
      releases: [],
      routes: [],
      hours: new Map(),
      spreads,
    });
    await digest(store(), async (tx) => {
      await tx.addHashDeltas(projectId, [
        delta(new Map([[today, spread("1", "a")]])),
        delta(new Map([[today, spread("1", "b")]])),
      ]);
      await tx.addTraffic(projectId, new Map([[today, spread("1", "a")]]));
    });
    await digest(store(), async (tx) => {
      await tx.addHashDeltas(projectId, [
        delta(
          new Map([
            [today, spread("2", "b")],
            [today - 1, spread("0", "z")],
          ]),
        ),
      ]);
      await tx.addTraffic(
        projectId,
        new Map([
          [today, spread("2", "c")],
          [today - 1, spread("2", "a")],
        ]),
      );
      const joined = joinSpreads((await tx.getSpreads(projectId, [issue.id], today)).get(issue.id)!);
      expect([joined.count, joined.users.estimate(), joined.top("release", 5)]).toEqual([
        3,
        2,
        [
          { value: "1", count: 2 },
          { value: "2", count: 1 },
        ],
      ]);
      expect(joinSpreads(await tx.getTraffic(projectId, today)).count).toBe(2);
      expect(joinSpreads(await tx.getTraffic(projectId, today - 1)).users.estimate()).toBe(2);
      expect((await tx.getSpreads(projectId + 1, [issue.id], today)).size).toBe(0);
    });
    const read = await store().issues.spreads(projectId, issue.id, today - 1);
    expect([joinSpreads(read.issue).count, joinSpreads(read.traffic).count]).toEqual([4, 3]);
    expect(await store().issues.spreads(projectId + 1, issue.id, today)).toEqual({ issue: [], traffic: [] });
  });

  test("a unit reads and writes analyses, alert state, rules, channels and the outbox", async () => {
    const projectId = await createProject(store());
    const { issue } = await addIssue(store(), projectId);
    const rule = await store().control.createAlertRule({
      projectId,
      enabled: true,
      name: "New",
      when: { kind: "newIssue" },
      channels: [],
      cooldownMs: 0,
    });
    const on = await store().control.createChannel({ kind: "slack", name: "on", enabled: true, config: { secret: 1 } });
    const off = await store().control.createChannel({ kind: "slack", name: "off", enabled: false, config: {} });
    const row = outboxRow(projectId);
    await digest(store(), async (tx) => {
      await tx.putAnalysis(projectId, analysisOf(issue.id));
      expect(await tx.getAnalyses(projectId, [issue.id])).toEqual([analysisOf(issue.id)]);
      expect(await tx.alertRules()).toContainEqual(rule);
      const channels = await tx.enabledChannels();
      expect(channels).toContainEqual({ id: on.id, kind: "slack" });
      expect(channels.map((channel) => channel.id)).not.toContain(off.id);
      expect((await tx.projects()).map((project) => project.id)).toContain(projectId);
      const key = `cooldown:${issue.id}`;
      await tx.putAlertState([{ key, value: { until: 1 }, expiresAt: NOON }]);
      await tx.putAlertState([{ key, value: { until: 2 }, expiresAt: NOON + 1 }]);
      expect(await tx.getAlertState([key, "unknown"])).toEqual(new Map([[key, { until: 2 }]]));
      expect(await tx.getAlertState([])).toEqual(new Map());
      await tx.addActivity([
        { projectId, issueId: issue.id, at: NOON, by: "digest", action: "seen", detail: { n: 1 } },
      ]);
      await tx.addOutbox([row, row]);
    });
    expect(await store().outbox.list({ projectId, limit: 10 })).toEqual([row]);
    expect(await store().issues.listActivity(projectId, issue.id, 10)).toEqual([
      { at: NOON, by: "digest", action: "seen", detail: { n: 1 } },
    ]);
  });
}
