import { beforeEach, expect, test } from "vitest";
import type { ArtifactOrder, ClientSession, MonitorRecord, ReleaseUsers } from "../../model/client-records.ts";
import type { DigestTx, StoreEngine } from "../../model/store.ts";
import { addIssue, createProject, digest as digestUnit, HOUR_MS, issueEvent, NOON } from "./fixtures.ts";

export function clientsContract(store: () => StoreEngine): void {
  const clients = () => store().clients;
  const digest = <T>(work: (tx: DigestTx) => Promise<T>) => digestUnit(store(), work);
  let projectId: number;
  let otherId: number;
  beforeEach(async () => {
    projectId = await createProject(store());
    otherId = await createProject(store());
  });

  const monitorOf = (values: Partial<MonitorRecord> = {}): MonitorRecord => ({
    projectId,
    slug: "nightly",
    environment: "production",
    schedule: { kind: "crontab", value: "0 3 * * *", unit: null, timezone: "Europe/Berlin" },
    marginMin: 5,
    maxRuntimeMin: 30,
    failureThreshold: 1,
    recoveryThreshold: 1,
    state: "ok",
    failures: 0,
    successes: 1,
    checkInId: null,
    lastCheckInAt: NOON,
    lastDurationS: 1.5,
    expectedAt: NOON + HOUR_MS,
    dueAt: NOON + HOUR_MS + 300_000,
    createdAt: NOON,
    ...values,
  });
  const artifactOf = (values: Partial<ArtifactOrder> = {}): ArtifactOrder => ({
    projectId,
    kind: "map",
    debugId: "0197a3f4-5c1e-7d20-8f43-2b9f6c0d1e2a",
    path: "~/app.js.map",
    mapPath: null,
    release: "1.4.2",
    dist: null,
    bytes: 100,
    at: NOON,
    body: new Uint8Array([1, 2, 3]),
    ...values,
  });

  test("a monitor is written, read by its slug and written again", async () => {
    const [first, second] = [monitorOf(), monitorOf({ environment: "staging", schedule: null, dueAt: null })];
    await digest((tx) => tx.putMonitors([first, second]));
    expect(await digest((tx) => tx.getMonitors(projectId, ["nightly", "other"]))).toEqual(
      expect.arrayContaining([first, second]),
    );
    expect(await digest((tx) => tx.getMonitors(otherId, ["nightly"]))).toEqual([]);
    expect(await digest((tx) => Promise.all([tx.countMonitors(projectId), tx.countMonitors(otherId)]))).toEqual([2, 0]);
    await digest((tx) => tx.putMonitors([{ ...first, state: "failed", failures: 2 }]));
    expect(await clients().listMonitors(projectId)).toEqual([{ ...first, state: "failed", failures: 2 }, second]);
    expect(await clients().deleteMonitor(otherId, "nightly")).toBe(false);
    expect(await clients().deleteMonitor(projectId, "nightly")).toBe(true);
    expect(await clients().listMonitors(projectId)).toEqual([]);
  });

  test("an overdue monitor is found, and noted by one caller only, unless something was heard meanwhile", async () => {
    const late = monitorOf({ slug: `late-${projectId}`, dueAt: NOON - HOUR_MS });
    await digest((tx) => tx.putMonitors([late, monitorOf()]));
    const mine = async () =>
      (await clients().listOverdueMonitors(NOON, 100)).filter((monitor) => monitor.projectId === projectId);
    expect(await mine()).toEqual([late]);
    const after = { ...late, state: "missed", dueAt: NOON + HOUR_MS } as const;
    const noted = await Promise.all([1, 2].map(() => clients().noteOverdue(late, after)));
    expect(noted.toSorted()).toEqual([false, true]);
    expect(await mine()).toEqual([]);
    expect(await clients().noteOverdue({ ...after, lastCheckInAt: NOON - 1 }, late)).toBe(false);
  });

  test("sessions are read and replaced, and the health of releases adds up", async () => {
    const session: ClientSession = {
      projectId,
      session: "a".repeat(32),
      startedAt: NOON,
      release: "1",
      environment: "production",
      status: "healthy",
    };
    await digest((tx) => tx.putClientSessions([session]));
    await digest((tx) => tx.putClientSessions([{ ...session, status: "crashed" }]));
    expect(await digest((tx) => tx.getClientSessions(projectId, [session.session, "b"]))).toEqual([
      { ...session, status: "crashed" },
    ]);
    const cell = {
      projectId,
      release: "1",
      environment: "",
      hour: NOON,
      sessions: 5,
      errored: 1,
      abnormal: 0,
      crashed: 1,
    };
    await digest((tx) => tx.addReleaseHealth([cell, { ...cell, hour: NOON + HOUR_MS, crashed: -1 }]));
    await digest((tx) => tx.addReleaseHealth([cell, { ...cell, release: "2", projectId: otherId }]));
    expect(await clients().sumReleaseHealth(projectId, NOON, NOON + 2 * HOUR_MS)).toEqual([
      {
        release: "1",
        environment: "",
        sessions: 15,
        errored: 3,
        abnormal: 0,
        crashed: 1,
        firstHour: NOON,
        lastHour: NOON + HOUR_MS,
      },
    ]);
    expect(await clients().sumReleaseHealth(projectId, NOON + HOUR_MS, NOON + 2 * HOUR_MS)).toMatchObject([
      { sessions: 5, crashed: -1 },
    ]);
  });

  test("people of releases are kept by day, and replaced", async () => {
    const row = {
      projectId,
      day: NOON - (NOON % (24 * HOUR_MS)),
      release: "1",
      environment: "",
      users: new Uint8Array([1, 2]),
      crashed: new Uint8Array([3]),
    };
    const plain = (rows: ReleaseUsers[]) =>
      rows.map(({ users, crashed, ...rest }) => ({ ...rest, users: [...users], crashed: [...crashed] }));
    await digest((tx) => tx.putReleaseUsers([row, { ...row, release: "2", projectId: otherId }]));
    await digest((tx) => tx.putReleaseUsers([{ ...row, crashed: new Uint8Array([4]) }]));
    const expected = [{ ...row, users: [1, 2], crashed: [4] }];
    expect(plain(await digest((tx) => tx.getReleaseUsers(projectId, [row.day, 1])))).toEqual(expected);
    expect(plain(await clients().listReleaseUsers(projectId, row.day, row.day + 1))).toEqual(expected);
    expect(await clients().listReleaseUsers(projectId, row.day + 1, row.day + 2)).toEqual([]);
  });

  test("feedback is listed with the issue that its error is in now, the newest first", async () => {
    const { issue, hash } = await addIssue(store(), projectId);
    const event = issueEvent(issue, hash.id);
    await digest((tx) => tx.addIssueEvents([event]));
    const [issueId, eventId] = [issue.id, event.id];
    const row = {
      projectId,
      at: NOON,
      errorId: null,
      issueId: null,
      message: "it broke\u0000",
      name: null,
      email: "ada@example.com",
      url: null,
      release: "1",
      environment: null,
    };
    await digest((tx) =>
      tx.addFeedback([
        row,
        { ...row, errorId: eventId },
        { ...row, issueId, message: "again" },
        { ...row, projectId: otherId },
      ]),
    );
    const ask = (question: { issueId?: number; before?: number; limit?: number }) =>
      clients().listFeedback(projectId, { issueId: null, before: null, limit: 10, ...question });
    const all = await ask({});
    expect(all.map((record) => [record.message, record.errorId, record.issueId])).toEqual([
      ["again", null, issueId],
      [expect.stringContaining("it broke"), eventId, issueId],
      [expect.stringContaining("it broke"), null, null],
    ]);
    expect((await ask({ issueId })).map(({ id }) => id)).toEqual(all.slice(0, 2).map(({ id }) => id));
    expect((await ask({ before: all[0]!.id, limit: 1 })).map(({ id }) => id)).toEqual([all[1]!.id]);
    expect(await clients().listFeedback(otherId, { issueId, before: null, limit: 10 })).toEqual([]);
  });

  test("parts of an upload are kept for their project alone, and dropped", async () => {
    await clients().putUploadChunk(projectId, "a1", new Uint8Array([1, 2]), NOON);
    await clients().putUploadChunk(projectId, "a1", new Uint8Array([1, 2]), NOON + 1);
    expect(await clients().findUploadChunks(projectId, ["a1", "b2"])).toEqual(["a1"]);
    expect(await clients().findUploadChunks(otherId, ["a1"])).toEqual([]);
    expect(Buffer.from((await clients().getUploadChunk(projectId, "a1"))!)).toEqual(Buffer.from([1, 2]));
    expect([await clients().measureUploadChunks(projectId), await clients().measureUploadChunks(otherId)]).toEqual([
      2, 0,
    ]);
    await clients().dropUploadChunks(projectId, ["a1"]);
    expect(await clients().getUploadChunk(projectId, "a1")).toBe(null);
  });

  test("a file of a build replaces its namesake, and the oldest go beyond the bound", async () => {
    const script = artifactOf({ kind: "script", path: "~/app.js", mapPath: "app.js.map" });
    const named = artifactOf({ debugId: null, path: "~/old.js.map", release: "1.0" });
    for (const order of [named, named, artifactOf(), script, artifactOf({ body: new Uint8Array([9]) })])
      await clients().putArtifact(order);
    const listed = await clients().listArtifacts(projectId, 10);
    expect(listed.map(({ kind, path }) => [kind, path])).toEqual([
      ["map", "~/app.js.map"],
      ["script", "~/app.js"],
      ["map", "~/old.js.map"],
    ]);
    await digest(async (tx) => {
      const map = (await tx.findArtifacts(projectId, [script.debugId!])).find(({ kind }) => kind === "map");
      expect(Buffer.from((await tx.readArtifact(map!.id))!)).toEqual(Buffer.from([9]));
      expect(await tx.findArtifacts(otherId, [script.debugId!])).toEqual([]);
      expect((await tx.findReleaseArtifacts(projectId, ["1.0", "9"])).map(({ path }) => path)).toEqual([
        "~/old.js.map",
      ]);
      expect(await tx.readArtifact(999_999_999)).toBe(null);
    });
    await clients().putArtifact(artifactOf({ path: "~/new.js.map", debugId: null }));
    expect(await clients().dropOldestArtifacts(projectId, 4, 10)).toBe(2);
    const paths = async (release?: string | null) =>
      (await clients().listArtifacts(projectId, 10, release)).map(({ path }) => path);
    expect(await paths()).toEqual(["~/new.js.map", "~/app.js.map"]);
    expect(await clients().dropOldestArtifacts(projectId, 1_000, 1)).toBe(1);
    await clients().putArtifact(artifactOf({ path: "~/free.js.map", release: null }));
    expect([await paths(), await paths("1.4.2"), await paths(null)]).toEqual([
      ["~/free.js.map", "~/new.js.map"],
      ["~/new.js.map"],
      ["~/free.js.map"],
    ]);
    expect(await clients().deleteArtifacts(projectId, "1.4.2")).toBe(1);
    expect(await clients().deleteArtifacts(projectId, null)).toBe(1);
    expect(await clients().dropOldestArtifacts(otherId, 0, 0)).toBe(0);
  });
}
