import type { Severity } from "@gatewatch/protocol";
import { expect, test } from "vitest";
import type { IssueRecord } from "../../model/issue.ts";
import { measureReach } from "../../model/issue-spread.ts";
import { joinSpreads, Spread, spreadDay } from "../../model/spread.ts";
import type { StoreEngine } from "../../model/store.ts";
import {
  addIssue,
  analysisOf,
  countUsers,
  createProject,
  digest,
  HOUR_MS,
  issueEvent,
  NOON,
  usersOf,
} from "./fixtures.ts";

export function regroupContract(store: () => StoreEngine): void {
  const issues = () => store().issues;

  async function createPair() {
    const projectId = await createProject(store());
    const a = await addIssue(store(), projectId, {
      title: "A",
      events: 3,
      firstSeen: NOON,
      lastSeen: NOON + 10,
      users: usersOf(["ann", "bob"]),
      firstRelease: "1.0",
      lastRelease: "1.0",
      releases: ["1.0"],
      routes: ["GET /a"],
    });
    const b = await addIssue(store(), projectId, {
      title: "B",
      events: 4,
      firstSeen: NOON - HOUR_MS,
      lastSeen: NOON + 5,
      users: usersOf(["bob", "cid"]),
      firstRelease: "0.9",
      lastRelease: "0.9",
      releases: ["0.9"],
      routes: ["GET /b"],
    });
    await digest(store(), async (tx) => {
      await tx.addIssueEvents([
        issueEvent(a.issue, a.hash.id, { id: "a1", pin: "first", time: NOON }),
        issueEvent(a.issue, a.hash.id, { id: "a2", pin: "latest", time: NOON + 10 }),
        issueEvent(b.issue, b.hash.id, { id: "b1", pin: "first", time: NOON - HOUR_MS }),
        issueEvent(b.issue, b.hash.id, { id: "b2", pin: "regression", time: NOON + 1 }),
        issueEvent(b.issue, b.hash.id, { id: "b3", pin: "latest", time: NOON + 5 }),
      ]);
      await tx.addActivity([{ projectId, issueId: b.issue.id, at: NOON, by: "digest", action: "new" }]);
    });
    await issues().putAnalysis(projectId, analysisOf(b.issue.id));
    return { projectId, a, b };
  }

  test("findHeir names the issue that has what a removed one had, wherever it went since", async () => {
    const { projectId, a, b } = await createPair();
    expect(await issues().findHeir(projectId, b.issue.id)).toBeNull();
    const move = { projectId, hashIds: [b.hash.id], by: "ada", at: NOON };
    await issues().regroup({ ...move, into: a.issue.id, action: "merge" });
    expect(await issues().findHeir(projectId, b.issue.id)).toBe(a.issue.id);
    expect(await issues().findHeir(projectId + 1, b.issue.id)).toBeNull();
    expect(await issues().findHeir(projectId, a.issue.id)).toBeNull();
    const split = await issues().regroup({ ...move, into: "new", action: "split" });
    expect(await issues().findHeir(projectId, b.issue.id)).toBe(split?.issueId);
  });

  function factsOf(issue: IssueRecord | null) {
    return issue === null
      ? null
      : {
          title: issue.title,
          events: issue.events,
          firstSeen: issue.firstSeen,
          lastSeen: issue.lastSeen,
          users: countUsers(issue.users),
          firstRelease: issue.firstRelease,
          lastRelease: issue.lastRelease,
          releases: issue.releases,
          routes: issue.routes,
        };
  }

  test("a merge sums both sides, and a split restores each exactly", async () => {
    const { projectId, a, b } = await createPair();
    const before = { a: factsOf(a.issue), b: factsOf(b.issue) };

    const merged = await issues().regroup({
      projectId,
      hashIds: [b.hash.id],
      into: a.issue.id,
      action: "merge",
      by: "ada",
      at: NOON + 20,
    });
    expect(merged).toEqual({ issueId: a.issue.id, from: [b.issue.id] });
    expect(factsOf(await issues().get(projectId, a.issue.id))).toEqual({
      title: "A",
      events: 7,
      firstSeen: NOON - HOUR_MS,
      lastSeen: NOON + 10,
      users: 3,
      firstRelease: "0.9",
      lastRelease: "1.0",
      releases: ["0.9", "1.0"],
      routes: ["GET /b", "GET /a"],
    });
    expect(await issues().get(projectId, b.issue.id)).toBeNull();
    expect(await issues().getAnalysis(projectId, b.issue.id)).toBeNull();
    expect(await pins(projectId, a.issue.id)).toEqual({
      b1: "first",
      a1: "sample",
      b2: "regression",
      b3: "sample",
      a2: "latest",
    });
    expect((await issues().listActivity(projectId, a.issue.id, 10)).map((row) => row.action)).toEqual(["merge", "new"]);
    expect(await issues().trends(projectId, [a.issue.id], NOON, 1)).toEqual(new Map([[a.issue.id, [7]]]));

    const split = await issues().regroup({
      projectId,
      hashIds: [b.hash.id],
      into: "new",
      action: "split",
      by: "bob",
      at: NOON + 30,
    });
    expect(split!.from).toEqual([a.issue.id]);
    expect(split!.issueId).toBeGreaterThan(b.issue.id);
    expect(factsOf(await issues().get(projectId, a.issue.id))).toEqual(before.a);
    expect(factsOf(await issues().get(projectId, split!.issueId))).toEqual(before.b);
    expect(await pins(projectId, a.issue.id)).toEqual({ a1: "first", a2: "latest" });
    expect(await pins(projectId, split!.issueId)).toEqual({ b1: "first", b2: "regression", b3: "latest" });
    const history = await issues().hashHistory(projectId, split!.issueId);
    expect(history.map(({ action, by, fromIssue, toIssue }) => [action, by, fromIssue, toIssue])).toEqual([
      ["attach", "grouping", null, b.issue.id],
      ["merge", "ada", b.issue.id, a.issue.id],
      ["split", "bob", a.issue.id, split!.issueId],
    ]);
    expect((await issues().similar(projectId, split!.issueId, 5)).map((other) => other.id)).toContain(a.issue.id);
  });

  test("a merge takes the severity of the newest event, and a split gives each side its own back", async () => {
    const projectId = await createProject(store());
    const users = (from: number, to: number) =>
      usersOf(Array.from({ length: to - from }, (_, i) => `user:${from + i}`));
    const add = (severity: Severity, lastSeen: number, people: Uint8Array, widens = true) => {
      const base = severity === "high" ? "medium" : severity;
      const judged = { severity: base, widens } as const;
      return addIssue(store(), projectId, { severity, lastSeen, firstSeen: lastSeen, users: people }, { judged });
    };
    const severity = async (id: number) => (await issues().get(projectId, id))?.severity;
    const grave = await add("critical", NOON, users(0, 1));
    const common = await add("high", NOON + 10, users(0, 12));
    const own = await add("low", NOON + 20, users(0, 12), false);
    const regroup = (hashIds: number[], into: number | "new", action: "merge" | "split") =>
      issues().regroup({ projectId, hashIds, into, action, by: "ada", at: NOON + 30 });

    await regroup([common.hash.id, own.hash.id], grave.issue.id, "merge");
    expect(await severity(grave.issue.id)).toBe("low");
    const first = await regroup([common.hash.id], "new", "split");
    const second = await regroup([own.hash.id], "new", "split");
    expect(await Promise.all([grave.issue.id, first!.issueId, second!.issueId].map(severity))).toEqual([
      "critical",
      "high",
      "low",
    ]);
  });

  test("a merge adds up the users of both sides: many make an issue graver, and a split takes that back", async () => {
    const projectId = await createProject(store());
    const judged = { severity: "medium", widens: true } as const;
    const spread = (from: number, to: number) => {
      const spread = new Spread();
      for (let i = from; i < to; i++) spread.addUser(`user:${i}`, 1);
      spread.count = to - from;
      return spread.toBytes();
    };
    const day = spreadDay(NOON);
    const add = (from: number, to: number) => {
      const users = usersOf(Array.from({ length: to - from }, (_, i) => `user:${from + i}`));
      const spreads = new Map([[day, spread(from, to)]]);
      return addIssue(store(), projectId, { severity: "high", users }, { judged, spreads });
    };
    const a = await add(0, 12);
    const b = await add(12, 24);
    await digest(store(), async (tx) => {
      const traffic = Spread.parse(spread(0, 100));
      traffic.count = 400;
      await tx.addTraffic(projectId, new Map([[day, traffic.toBytes()]]));
    });
    const move = { projectId, hashIds: [b.hash.id], by: "ada", at: NOON };
    await issues().regroup({ ...move, into: a.issue.id, action: "merge" });
    expect((await issues().get(projectId, a.issue.id))?.severity).toBe("critical");
    const joined = await issues().spreads(projectId, a.issue.id, day);
    expect(measureReach(joinSpreads(joined.issue), joinSpreads(joined.traffic))).toEqual({
      users: 24,
      activeUsers: 100,
    });
    const split = await issues().regroup({ ...move, into: "new", action: "split" });
    for (const [id, alone] of [
      [a.issue.id, spread(0, 12)],
      [split!.issueId, spread(12, 24)],
    ] as const) {
      expect((await issues().get(projectId, id))?.severity).toBe("high");
      expect((await issues().spreads(projectId, id, day)).issue).toEqual([alone]);
    }
  });

  test("an issue that nobody judged keeps its severity", async () => {
    const projectId = await createProject(store());
    const a = await addIssue(store(), projectId, { severity: "critical" });
    const b = await addIssue(store(), projectId, { severity: "low" });
    await issues().regroup({ projectId, hashIds: [b.hash.id], into: a.issue.id, action: "merge", by: "x", at: NOON });
    expect((await issues().get(projectId, a.issue.id))?.severity).toBe("critical");
  });

  test("events that arrive after a merge count where the hash is", async () => {
    const { projectId, a, b } = await createPair();
    await issues().regroup({ projectId, hashIds: [b.hash.id], into: a.issue.id, action: "merge", by: "x", at: NOON });
    const [found] = await digest(store(), (tx) => tx.findHashes(projectId, [b.hash.hash]));
    expect(found!.issueId).toBe(a.issue.id);
  });

  test("regroup() changes the version, so that a writer who read before is refused", async () => {
    const { projectId, a, b } = await createPair();
    await issues().regroup({ projectId, hashIds: [b.hash.id], into: a.issue.id, action: "merge", by: "x", at: NOON });
    const late = await issues().update(
      projectId,
      a.issue.id,
      a.issue.version,
      { state: "resolved" },
      {
        at: NOON,
        by: "x",
        action: "resolve",
      },
    );
    expect(late).toBeNull();
  });

  test("regroup() returns null when a hash or the target is unknown, and changes nothing", async () => {
    const { projectId, a, b } = await createPair();
    const command = { projectId, action: "merge" as const, by: "x", at: NOON };
    expect(await issues().regroup({ ...command, hashIds: [b.hash.id, 999_999], into: a.issue.id })).toBeNull();
    expect(await issues().regroup({ ...command, hashIds: [b.hash.id], into: 999_999 })).toBeNull();
    expect(await issues().regroup({ ...command, hashIds: [], into: a.issue.id })).toBeNull();
    expect(await issues().get(projectId, b.issue.id)).toEqual(b.issue);
  });

  test("a hash that is already there moves nowhere", async () => {
    const { projectId, a } = await createPair();
    const result = await issues().regroup({
      projectId,
      hashIds: [a.hash.id],
      into: a.issue.id,
      action: "merge",
      by: "x",
      at: NOON,
    });
    expect(result).toEqual({ issueId: a.issue.id, from: [a.issue.id] });
    expect(factsOf(await issues().get(projectId, a.issue.id))).toEqual(factsOf(a.issue));
  });

  async function pins(projectId: number, issueId: number): Promise<Record<string, string>> {
    const { events } = await issues().listEvents(projectId, issueId, 50);
    return Object.fromEntries(events.map((event) => [event.id, event.pin]));
  }
}
