import { expect, test } from "vitest";
import type { IssueQuery, StoreEngine } from "../../model/store.ts";
import { addIssue, analysisOf, createProject, digest, HOUR_MS, issueEvent, NOON, usersOf } from "./fixtures.ts";

export function issuesContract(store: () => StoreEngine): void {
  test("the issues of events are found by the events' ids, in their own project only", async () => {
    const projectId = await createProject(store());
    const { issue, hash } = await addIssue(store(), projectId);
    const event = issueEvent(issue, hash.id);
    await digest(store(), (tx) => tx.addIssueEvents([event]));
    const find = (project: number, ids: string[]) => store().issues.findIssuesOfEvents(project, ids);
    expect(await find(projectId, [event.id, "unknown"])).toEqual(new Map([[event.id, issue.id]]));
    expect(await find(projectId + 1, [event.id])).toEqual(new Map());
    expect(await find(projectId, [])).toEqual(new Map());
  });

  const issues = () => store().issues;
  const ask = async (query: Partial<IssueQuery> & { projectId: number }) =>
    (await issues().query({ sort: "lastSeen", limit: 50, ...query })).issues.map((issue) => issue.id);

  test("query() sorts by each column, greatest first", async () => {
    const projectId = await createProject(store());
    const a = await addIssue(store(), projectId, {
      firstSeen: NOON,
      lastSeen: NOON + 9,
      events: 1,
      users: usersOf(["x"]),
    });
    const b = await addIssue(store(), projectId, {
      firstSeen: NOON + 1,
      lastSeen: NOON + 2,
      events: 5,
      users: usersOf(["x", "y", "z"]),
    });
    expect(await ask({ projectId, sort: "lastSeen" })).toEqual([a.issue.id, b.issue.id]);
    expect(await ask({ projectId, sort: "firstSeen" })).toEqual([b.issue.id, a.issue.id]);
    expect(await ask({ projectId, sort: "events" })).toEqual([b.issue.id, a.issue.id]);
    expect(await ask({ projectId, sort: "users" })).toEqual([b.issue.id, a.issue.id]);
  });

  test("query() filters by state, text, route, release and level, and counts the same", async () => {
    const projectId = await createProject(store());
    const a = await addIssue(store(), projectId, {
      title: 'RangeError: ÄRGER with 100% "quotes"',
      state: "resolved",
      routes: ["GET /a", "GET /a/:id"],
      releases: ["1.0"],
      level: "fatal",
    });
    const b = await addIssue(store(), projectId, {
      culprit: "src/Cart.ts in pay",
      routes: ["GET /a/:id"],
      releases: ["1.0.1"],
    });
    const [idA, idB] = [a.issue.id, b.issue.id];
    expect(await ask({ projectId, states: ["resolved"] })).toEqual([idA]);
    expect(await ask({ projectId, states: [] })).toEqual([]);
    expect(await ask({ projectId, text: "ärger" })).toEqual([idA]);
    expect(await ask({ projectId, text: '100% "q' })).toEqual([idA]);
    expect(await ask({ projectId, text: "CART.TS" })).toEqual([idB]);
    expect(await ask({ projectId, text: "_" })).toEqual([]);
    expect(await ask({ projectId, route: "GET /a" })).toEqual([idA]);
    expect(await ask({ projectId, route: "GET /a/:id" })).toEqual([idB, idA]);
    expect(await ask({ projectId, route: "/a" })).toEqual([idA]);
    expect(await ask({ projectId, route: "/a/:id" })).toEqual([idB, idA]);
    expect(await ask({ projectId, route: "a/:id" })).toEqual([]);
    expect(await ask({ projectId, release: "1.0" })).toEqual([idA]);
    expect(await ask({ projectId, level: "error" })).toEqual([idB]);
    expect(await issues().countByState(projectId)).toMatchObject({ new: 1, resolved: 1, ongoing: 0 });
    expect(await issues().countByState(projectId, { level: "error" })).toMatchObject({ new: 1, resolved: 0 });
  });

  test("queryRows() gives the page of query() with trends, users and whether there is an analysis", async () => {
    const projectId = await createProject(store());
    const users = usersOf(["x", "y"]);
    const a = await addIssue(store(), projectId, { lastSeen: NOON, events: 7, users });
    const b = await addIssue(store(), projectId, { lastSeen: NOON - 2 * HOUR_MS, events: 2 });
    await addIssue(store(), projectId, { state: "resolved" });
    await issues().putAnalysis(projectId, analysisOf(b.issue.id));
    const query: IssueQuery = { projectId, states: ["new"], sort: "events", limit: 1 };
    const first = await issues().queryRows(query, NOON, 3);
    const { users: _users, ...issue } = a.issue;
    expect(first.rows).toEqual([{ issue, users: 2, trend: [0, 0, 7], analysed: false }]);
    const second = await issues().queryRows({ ...query, cursor: first.nextCursor! }, NOON, 3);
    expect(second.rows).toMatchObject([{ issue: { id: b.issue.id }, users: 0, trend: [2, 0, 0], analysed: true }]);
    expect(second.nextCursor).toBeNull();
    expect(await issues().queryRows({ ...query, states: [] }, NOON, 3)).toEqual({ rows: [], nextCursor: null });
  });

  test("paging shows every issue once, also among equal values and when others change in between", async () => {
    const projectId = await createProject(store());
    const ids: number[] = [];
    for (let index = 0; index < 7; index++)
      ids.push((await addIssue(store(), projectId, { events: index % 2 })).issue.id);
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const page = await issues().query({
        projectId,
        sort: "events",
        limit: 3,
        ...(cursor === null ? {} : { cursor }),
      });
      seen.push(...page.issues.map((issue) => issue.id));
      cursor = page.nextCursor;
      await addIssue(store(), projectId, { events: 99 });
    } while (cursor !== null);
    expect(seen.toSorted((a, b) => a - b)).toEqual(ids);
  });

  test("a cursor that is none of ours starts from the beginning", async () => {
    const projectId = await createProject(store());
    const { issue } = await addIssue(store(), projectId);
    expect(await ask({ projectId, cursor: "%%%" })).toEqual([issue.id]);
    expect(await ask({ projectId, cursor: Buffer.from("[1e999,{}]").toString("base64url") })).toEqual([issue.id]);
  });

  test("a stranger's ids give nothing", async () => {
    const projectId = await createProject(store());
    const stranger = await createProject(store());
    const { issue, hash } = await addIssue(store(), projectId);
    const event = issueEvent(issue, hash.id, { pin: "first" });
    await digest(store(), (tx) => tx.addIssueEvents([event]));
    await issues().putAnalysis(projectId, analysisOf(issue.id));
    await issues().putAnalysis(stranger, analysisOf(issue.id, { provider: "intruder" }));

    expect(await issues().get(stranger, issue.id)).toBeNull();
    expect(await issues().update(stranger, issue.id, issue.version, { title: "x" }, activity("x"))).toBeNull();
    expect(await issues().listHashes(stranger, issue.id)).toEqual([]);
    expect(await issues().findHash(stranger, hash.hash)).toBeNull();
    expect(await issues().listAnalysed(stranger, [issue.id])).toEqual([]);
    expect(await issues().hashHistory(stranger, issue.id)).toEqual([]);
    expect(await issues().listActivity(stranger, issue.id, 10)).toEqual([]);
    expect(await issues().trends(stranger, [issue.id], NOON, 1)).toEqual(new Map());
    expect((await issues().listEvents(stranger, issue.id, 10)).events).toEqual([]);
    expect(await issues().getEvent(stranger, event.id)).toBeNull();
    expect(await issues().similar(stranger, issue.id, 10)).toEqual([]);
    expect(await issues().getAnalysis(stranger, issue.id)).toBeNull();
    expect(await digest(store(), (tx) => tx.getIssues(stranger, [issue.id]))).toEqual([]);
    expect(await digest(store(), (tx) => tx.getAnalyses(stranger, [issue.id]))).toEqual([]);
    expect(
      await issues().regroup({
        projectId: stranger,
        hashIds: [hash.id],
        into: "new",
        action: "split",
        by: "x",
        at: NOON,
      }),
    ).toBeNull();
    expect(await issues().getEvent(projectId, event.id)).toEqual(event);
    expect(await issues().listAnalyses(projectId, issue.id)).toEqual([analysisOf(issue.id)]);
  });

  test("update() writes the patch and its activity, or nothing when the version has moved on", async () => {
    const projectId = await createProject(store());
    const { issue } = await addIssue(store(), projectId);
    const patch = { state: "resolved" as const, resolvedAt: NOON, resolveInNextRelease: true };
    const written = await issues().update(projectId, issue.id, issue.version, patch, activity("resolve"));
    expect(written).toEqual({ ...issue, ...patch, version: issue.version + 1 });
    expect(await issues().update(projectId, issue.id, issue.version, { state: "new" }, activity("reopen"))).toBeNull();
    expect(await issues().get(projectId, issue.id)).toEqual(written);
    expect(await issues().listActivity(projectId, issue.id, 10)).toEqual([activity("resolve")]);
  });

  test("of many who update one version at once exactly one succeeds", async () => {
    const projectId = await createProject(store());
    const { issue } = await addIssue(store(), projectId);
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        issues().update(projectId, issue.id, issue.version, { events: 100 + index }, activity("change")),
      ),
    );
    expect(results.filter((result) => result !== null)).toHaveLength(1);
    expect(await issues().listActivity(projectId, issue.id, 10)).toHaveLength(1);
  });

  test("trends() gives one number an hour, zero where nothing happened", async () => {
    const projectId = await createProject(store());
    const { issue } = await addIssue(
      store(),
      projectId,
      { events: 3 },
      {
        hours: new Map([
          [NOON - 2 * HOUR_MS, 1],
          [NOON, 2],
          [NOON - 50 * HOUR_MS, 9],
        ]),
      },
    );
    const quiet = await addIssue(store(), projectId, { events: 0 }, { hours: new Map() });
    expect(await issues().trends(projectId, [issue.id, quiet.issue.id, 999_999], NOON + 1_234, 4)).toEqual(
      new Map([
        [issue.id, [0, 1, 0, 2]],
        [quiet.issue.id, [0, 0, 0, 0]],
      ]),
    );
    expect(await issues().trends(projectId, [], NOON, 4)).toEqual(new Map());
  });

  test("listEvents() pages newest first without repeating events of one instant", async () => {
    const projectId = await createProject(store());
    const { issue, hash } = await addIssue(store(), projectId);
    const events = Array.from({ length: 5 }, () => issueEvent(issue, hash.id));
    await digest(store(), (tx) => tx.addIssueEvents(events));
    const first = await issues().listEvents(projectId, issue.id, 3);
    const second = await issues().listEvents(projectId, issue.id, 3, first.nextCursor!);
    expect(second.nextCursor).toBeNull();
    expect([...first.events, ...second.events].map((event) => event.id).toSorted()).toEqual(
      events.map((event) => event.id).toSorted(),
    );
  });

  test("similar() ranks by shared hashes, culprit and words of the title", async () => {
    const projectId = await createProject(store());
    const title = "TypeError: cannot read total of undefined";
    const { issue, hash } = await addIssue(store(), projectId, { title, culprit: "src/a.ts in a" });
    const sharing = await addIssue(store(), projectId, { title: "Other words entirely", culprit: "src/z.ts in z" });
    const alike = await addIssue(store(), projectId, {
      title: "TypeError: cannot read price of undefined",
      culprit: "src/a.ts in a",
    });
    const strange = await addIssue(store(), projectId, { title: "Connection refused", culprit: "src/net.ts in dial" });
    await digest(store(), async (tx) => {
      const { projectId, id, title, culprit } = sharing.issue;
      const row = { kind: hash.kind, hash: hash.hash };
      await tx.attachHashes([
        { projectId, issueId: id, algorithm: "v1", hash: row, title, culprit, explanation: null, at: NOON },
      ]);
    });
    const found = await issues().similar(projectId, issue.id, 10);
    expect(found.map((other) => other.id)).toEqual([alike.issue.id, sharing.issue.id]);
    expect(found[0]).toMatchObject({ title: alike.issue.title, culprit: "src/a.ts in a", state: "new" });
    expect(found.map((other) => other.id)).not.toContain(strange.issue.id);
    expect(await issues().similar(projectId, issue.id, 1)).toHaveLength(1);
  });

  test("one analysis is kept per provider and evidence; a model's comes before that of the rules", async () => {
    const projectId = await createProject(store());
    const { issue } = await addIssue(store(), projectId);
    const rules = analysisOf(issue.id, { createdAt: NOON + 5 });
    const model = analysisOf(issue.id, { provider: "anthropic/x", createdAt: NOON + 1 });
    const failed = analysisOf(issue.id, { provider: "openai/y", status: "failed", createdAt: NOON + 9 });
    expect(await issues().getAnalysis(projectId, issue.id)).toBeNull();
    await issues().putAnalysis(projectId, failed);
    expect(await issues().listAnalysed(projectId, [issue.id])).toEqual([]);
    await issues().putAnalysis(projectId, analysisOf(issue.id, { createdAt: NOON, summary: "older" }));
    await issues().putAnalysis(projectId, rules);
    expect(await issues().getAnalysis(projectId, issue.id)).toEqual(rules);
    await issues().putAnalysis(projectId, model);
    expect(await issues().getAnalysis(projectId, issue.id)).toEqual(model);
    expect(await issues().listAnalyses(projectId, issue.id)).toEqual([failed, rules, model]);
  });

  test("listAnalysed() names the issues that have an analysis which did not fail", async () => {
    const projectId = await createProject(store());
    const [a, b, c] = [
      await addIssue(store(), projectId),
      await addIssue(store(), projectId),
      await addIssue(store(), projectId),
    ];
    await issues().putAnalysis(projectId, analysisOf(a.issue.id));
    await issues().putAnalysis(projectId, analysisOf(a.issue.id, { evidenceDigest: "d2" }));
    await issues().putAnalysis(projectId, analysisOf(b.issue.id, { status: "failed" }));
    expect(await issues().listAnalysed(projectId, [a.issue.id, b.issue.id, c.issue.id])).toEqual([a.issue.id]);
    expect(await issues().listAnalysed(projectId, [])).toEqual([]);
  });

  test("findHash() finds a hash by its digits", async () => {
    const projectId = await createProject(store());
    const { issue, hash } = await addIssue(store(), projectId);
    expect(await issues().findHash(projectId, hash.hash)).toMatchObject({ id: hash.id, issueId: issue.id, events: 1 });
    expect(await issues().findHash(projectId, "unknown")).toBeNull();
  });

  function activity(action: string) {
    return { at: NOON, by: "ada", action, detail: { because: "test" } };
  }
}
