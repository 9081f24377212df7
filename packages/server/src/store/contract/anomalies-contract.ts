import { beforeEach, expect, test } from "vitest";
import type { AnomalyRecord, DetectorState, StreamRecord, Subject, WatchCommit } from "../../model/anomaly.ts";
import type { StoreEngine } from "../../model/store.ts";
import { createProject, DAY_MS, NOON, outboxRow } from "./fixtures.ts";

const MINUTE_MS = 60_000;

export function commitOf(values: Partial<WatchCommit> = {}): WatchCommit {
  return { watchedUntil: null, states: [], streams: [], anomalies: [], outbox: [], discovery: [], ...values };
}

export function anomalyOf(subject: Subject, values: Partial<AnomalyRecord> = {}): AnomalyRecord {
  return {
    ...subject,
    id: 0,
    startedAt: NOON,
    endedAt: NOON + MINUTE_MS,
    pValue: 1e-6,
    level: 1e-3,
    score: 12.5,
    count: 1,
    why: "p95 of 900 ms where 80 to 120 ms are usual",
    feedback: null,
    told: false,
    findings: [{ field: "level", message: "much slower", expected: "80 to 120", seen: "900", surprise: 6 }],
    event: null,
    normal: null,
    series: { stepMs: MINUTE_MS, time: [NOON], value: [900], low: [80], middle: [100], high: [120] },
    discovery: { target: 0.1, level: 0.01, tested: 4, told: 1 },
    compression: null,
    ...values,
  };
}

export function anomaliesContract(store: () => StoreEngine): void {
  const anomalies = () => store().anomalies;
  let projectId: number;
  let series: Subject;
  let events: Subject;
  beforeEach(async () => {
    projectId = await createProject(store());
    series = { projectId, kind: "series", stream: "GET /a", measure: "p95" };
    events = { projectId, kind: "event", stream: "payments", measure: null };
  });

  const stateOf = (subject: Subject, values: Partial<DetectorState> = {}): DetectorState => ({
    ...subject,
    version: 1,
    position: NOON,
    updatedAt: NOON,
    snapshot: new Uint8Array([1, 2, 3]),
    ...values,
  });
  const streamOf = (subject: Subject, values: Partial<StreamRecord> = {}): StreamRecord => ({
    ...subject,
    profile: "balanced",
    autoTune: false,
    adaptiveWindow: false,
    createdAt: NOON,
    lastSeenAt: NOON,
    level: 1e-3,
    seen: 5,
    judged: 4,
    flagged: 1,
    feedback: { false_positive: 0, confirmed: 0, dismissed: 0 },
    ...values,
  });

  test("a turn of watching is written whole", async () => {
    const row = outboxRow(projectId);
    const rows = await anomalies().commitWatch(
      commitOf({
        turn: "first",
        watchedUntil: NOON,
        states: [stateOf(series), stateOf(events)],
        streams: [streamOf(series), streamOf(events)],
        anomalies: [anomalyOf(series), anomalyOf(events, { series: null, event: { a: [1, "\u0000"] } })],
        outbox: [row],
        discovery: [{ projectId, state: new Uint8Array([9]) }],
        tallies: [
          { projectId, time: NOON, judged: 5, flagged: 1, expected: 0.5, told: 1, requests: 9, limited: 2, refused: 3 },
        ],
      }),
    );
    expect(rows.map(({ id }) => id > 0)).toEqual([true, true]);
    expect(await anomalies().watchedUntil()).toBe(NOON);
    expect(await anomalies().lastTurn()).toBe("first");
    expect(await anomalies().getState(series)).toEqual(stateOf(series));
    expect(await anomalies().listStates("event")).toContainEqual(stateOf(events));
    expect(await anomalies().listStates("series", projectId)).toEqual([stateOf(series)]);
    expect(await anomalies().listStates("series", projectId + 1_000)).toEqual([]);
    expect(await anomalies().listStates(null)).toEqual(
      expect.arrayContaining([stateOf(series), stateOf(events)]) as unknown,
    );
    expect(await anomalies().listStreams(projectId, null)).toEqual([streamOf(events), streamOf(series)]);
    expect(await anomalies().listStreams(projectId, "series")).toEqual([streamOf(series)]);
    expect(await anomalies().get(projectId, rows[0]!.id)).toEqual(anomalyOf(series, { id: rows[0]!.id }));
    expect(await anomalies().listDiscovery()).toContainEqual({ projectId, state: new Uint8Array([9]) });
    expect(await store().outbox.list({ projectId, limit: 5 })).toEqual([row]);
    expect(await anomalies().tally(projectId, NOON + 1, NOON + 2)).toEqual({
      judged: 5,
      flagged: 1,
      expected: 0.5,
      told: 1,
      requests: 9,
      limited: 2,
      refused: 3,
    });
  });

  test("a turn that fails leaves nothing of itself", async () => {
    const before = await anomalies().watchedUntil();
    const broken = anomalyOf(series, { why: null as unknown as string });
    await expect(
      anomalies().commitWatch(
        commitOf({
          turn: "broken",
          watchedUntil: NOON + DAY_MS,
          states: [stateOf(series)],
          anomalies: [anomalyOf(series), broken],
        }),
      ),
    ).rejects.toThrow("why");
    expect(await anomalies().watchedUntil()).toBe(before);
    expect(await anomalies().lastTurn()).not.toBe("broken");
    expect(await anomalies().getState(series)).toBeNull();
    expect((await anomalies().query({ projectId, limit: 10 })).total).toBe(0);
  });

  test("the watermark never goes back", async () => {
    await anomalies().commitWatch(commitOf({ watchedUntil: NOON + 2 * DAY_MS }));
    await anomalies().commitWatch(commitOf({ watchedUntil: NOON }));
    await anomalies().commitWatch(commitOf());
    expect(await anomalies().watchedUntil()).toBe(NOON + 2 * DAY_MS);
  });

  test("what a stretch becomes replaces what it was, but not what people said of it", async () => {
    const [row] = await anomalies().commitWatch(commitOf({ anomalies: [anomalyOf(series, { endedAt: null })] }));
    expect(await anomalies().listOpen()).toContainEqual(anomalyOf(series, { id: row!.id, endedAt: null }));
    await anomalies().setFeedback(projectId, row!.id, "confirmed", { at: NOON, by: "ann", reason: null });
    const grown = anomalyOf(series, { id: row!.id, endedAt: NOON + 5 * MINUTE_MS, count: 5, pValue: 1e-9, told: true });
    const [again] = await anomalies().commitWatch(commitOf({ anomalies: [grown] }));
    expect(again).toMatchObject({ id: row!.id, count: 5, feedback: "confirmed", told: true });
    expect(await anomalies().get(projectId, row!.id)).toEqual({ ...grown, feedback: "confirmed" });
    expect((await anomalies().listOpen()).map(({ id }) => id)).not.toContain(row!.id);
  });

  test("counts of a stream are overwritten, its settings are not", async () => {
    await anomalies().commitWatch(commitOf({ streams: [streamOf(series)] }));
    await anomalies().changeStream(series, { profile: "strict", level: 1e-4, autoTune: true }, []);
    const later = streamOf(series, { seen: 9, judged: 8, flagged: 2, lastSeenAt: NOON + 5 });
    await anomalies().commitWatch(commitOf({ streams: [later] }));
    expect(await anomalies().getStream(series)).toEqual({ ...later, profile: "strict", level: 1e-4, autoTune: true });
  });

  test("the rarest of all is kept as a number", async () => {
    const rows = await anomalies().commitWatch(
      commitOf({ anomalies: [anomalyOf(series, { pValue: Number.MIN_VALUE }), anomalyOf(series, { pValue: 0 })] }),
    );
    expect(rows.map(({ pValue }) => pValue)).toEqual([1e-300, 1e-300]);
  });

  test("tallies add up by five minutes and span", async () => {
    const tally = { judged: 1, flagged: 1, expected: 0.25, told: 0, requests: 2, limited: 1, refused: 0 };
    const at = (time: number) => ({ projectId, time, ...tally });
    await anomalies().commitWatch(commitOf({ tallies: [at(NOON), at(NOON), at(NOON + 300_000)] }));
    await anomalies().commitWatch(commitOf({ tallies: [at(NOON)] }));
    expect(await anomalies().tally(projectId, NOON, NOON + 300_000)).toMatchObject({ judged: 3, expected: 0.75 });
    expect(await anomalies().tally(projectId, NOON, NOON + 300_001)).toMatchObject({ judged: 4, requests: 8 });
    expect(await anomalies().tally(projectId + 1_000, 0, NOON * 2)).toMatchObject({ judged: 0, expected: 0 });
  });

  test("pages of anomalies repeat and skip nothing, newest first", async () => {
    const drafts = Array.from({ length: 7 }, (_, index) =>
      anomalyOf(index % 2 === 0 ? series : events, { startedAt: NOON + (index >> 1), why: String(index) }),
    );
    await anomalies().commitWatch(commitOf({ anomalies: drafts }));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<ReturnType<typeof anomalies>["query"]>> = await anomalies().query({
        projectId,
        limit: 3,
        ...(cursor === null ? {} : { cursor }),
      });
      expect(page.total).toBe(7);
      seen.push(...page.anomalies.map(({ why }) => why));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(["6", "5", "4", "3", "2", "1", "0"]);
    const second = await anomalies().query({ projectId, limit: 3, offset: 3 });
    expect(second.anomalies.map(({ why }) => why)).toEqual(["3", "2", "1"]);
    expect(second.anomalies[0]).not.toHaveProperty("findings");
    const forged = Buffer.from(JSON.stringify([NOON, "x"])).toString("base64url");
    expect((await anomalies().query({ projectId, limit: 9, cursor: forged })).anomalies).toHaveLength(7);
  });

  test("of two turns that go on from one minute, one is written", async () => {
    const watchedFrom = await anomalies().watchedUntil();
    const watchedUntil = (watchedFrom ?? NOON) + MINUTE_MS;
    const commits = [1, 2].map((count) =>
      anomalies().commitWatch(commitOf({ watchedFrom, watchedUntil, anomalies: [anomalyOf(series, { count })] })),
    );
    const outcomes = await Promise.allSettled(commits);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await anomalies().watchedUntil()).toBe(watchedUntil);
    expect((await anomalies().query({ projectId, limit: 9 })).total).toBe(1);
  });

  test("a query narrows by time, subject, feedback, rarity, distance and whether people were told", async () => {
    const compression = {
      algorithm: "zstd",
      fallbackFrom: null,
      ncd: 0.45,
      baselineRatio: 4,
      windowRatio: 1,
      baselineEntropy: 4,
      windowEntropy: 5,
    };
    const rows = await anomalies().commitWatch(
      commitOf({
        anomalies: [
          anomalyOf(series, { startedAt: NOON - 10, endedAt: NOON - 5, why: "before" }),
          anomalyOf(series, { startedAt: NOON - 10, endedAt: null, why: "open" }),
          anomalyOf(series, { startedAt: NOON - 10, endedAt: NOON, why: "across", told: true }),
          anomalyOf(events, { startedAt: NOON + 5, endedAt: NOON + 5, why: "event", pValue: 1e-3, compression }),
          anomalyOf(series, { startedAt: NOON + 10, endedAt: NOON + 20, why: "after" }),
        ],
      }),
    );
    await anomalies().setFeedback(projectId, rows[3]!.id, "dismissed", { at: NOON, by: "ann", reason: null });
    const find = async (narrow: object) =>
      (await anomalies().query({ projectId, limit: 9, ...narrow })).anomalies.map(({ why }) => why).toSorted();
    expect(await find({ from: NOON, to: NOON + 10 })).toEqual(["across", "event", "open"]);
    expect(await find({ kind: "event" })).toEqual(["event"]);
    expect(await find({ stream: "GET /a", measure: "p95", to: NOON - 9 })).toEqual(["across", "before", "open"]);
    expect(await find({ measure: "p50" })).toEqual([]);
    expect(await find({ told: true })).toEqual(["across"]);
    expect(await find({ maxPValue: 1e-5, from: NOON + 1 })).toEqual(["after", "open"]);
    expect(await find({ feedback: "dismissed" })).toEqual(["event"]);
    expect(await find({ feedback: "none", kind: "event" })).toEqual([]);
    expect(await find({ feedbacks: ["dismissed", "false_positive"] })).toEqual(["event"]);
    expect(await find({ feedbacks: ["confirmed"] })).toEqual([]);
    expect([await find({ minNcd: 0.4 }), await find({ minNcd: 0.5 })]).toEqual([["event"], []]);
    expect(await anomalies().countBySubject(projectId)).toEqual(
      expect.arrayContaining([
        { ...series, count: 4 },
        { ...events, count: 1 },
      ]) as unknown,
    );
    expect([await anomalies().countOf(series), await anomalies().countOf({ ...series, measure: "p50" })]).toEqual([
      4, 0,
    ]);
    const page = await anomalies().queryWhole({ projectId, limit: 2, offset: 1 });
    const { total, nextCursor } = await anomalies().query({ projectId, limit: 2, offset: 1 });
    expect(page).toEqual({
      total,
      nextCursor,
      anomalies: [await anomalies().get(projectId, rows[3]!.id), await anomalies().get(projectId, rows[2]!.id)],
    });
    expect(page.anomalies[0]).toMatchObject({ compression, findings: [{ field: "level" }] });
    expect(await anomalies().queryWhole({ projectId, limit: 9, measure: "p50" })).toMatchObject({ anomalies: [] });
  });

  test("nothing of another project is found or changed", async () => {
    const stranger = await createProject(store());
    const [row] = await anomalies().commitWatch(
      commitOf({ anomalies: [anomalyOf(series)], streams: [streamOf(series)] }),
    );
    const word = { at: NOON, by: "eve", reason: null };
    expect(await anomalies().get(stranger, row!.id)).toBeNull();
    expect(await anomalies().setFeedback(stranger, row!.id, "confirmed", word)).toBeNull();
    expect(await anomalies().history(stranger, row!.id)).toEqual([]);
    expect((await anomalies().query({ projectId: stranger, limit: 9 })).total).toBe(0);
    expect(await anomalies().getStream({ ...series, projectId: stranger })).toBeNull();
    expect(await anomalies().changeStream({ ...series, projectId: stranger }, { autoTune: true }, [])).toBeNull();
    expect(await anomalies().deleteStream({ ...series, projectId: stranger })).toBe(false);
    expect((await anomalies().getStream(series))?.autoTune).toBe(false);
  });

  test("feedback is counted once with its stream, and its history kept", async () => {
    const [first, second] = await anomalies().commitWatch(
      commitOf({ anomalies: [anomalyOf(events), anomalyOf(events)], streams: [streamOf(events)] }),
    );
    const say = (id: number, word: "false_positive" | "confirmed" | null, at: number) =>
      anomalies().setFeedback(projectId, id, word, { at, by: "ann", reason: word === null ? null : "known batch job" });
    await say(first!.id, "false_positive", NOON);
    await say(first!.id, "false_positive", NOON + 1);
    await say(second!.id, "false_positive", NOON + 2);
    expect(await say(second!.id, "confirmed", NOON + 3)).toMatchObject({ id: second!.id, feedback: "confirmed" });
    const counts = async () => (await anomalies().getStream(events))?.feedback;
    expect(await counts()).toEqual({ false_positive: 1, confirmed: 1, dismissed: 0 });
    expect(await anomalies().countFeedback(events, NOON + 2)).toEqual({
      false_positive: 0,
      confirmed: 1,
      dismissed: 0,
    });
    await say(second!.id, null, NOON + 4);
    expect(await counts()).toEqual({ false_positive: 1, confirmed: 0, dismissed: 0 });
    expect(await anomalies().history(projectId, second!.id)).toEqual([
      { at: NOON + 4, by: "ann", action: "feedback withdrawn" },
      { at: NOON + 3, by: "ann", action: "confirmed", detail: { reason: "known batch job" } },
      { at: NOON + 2, by: "ann", action: "false_positive", detail: { reason: "known batch job" } },
    ]);
    const ids = [first!.id, second!.id, second!.id + 1_000];
    const histories = await anomalies().histories(projectId, ids);
    expect([...histories.keys()].toSorted((a, b) => a - b)).toEqual(ids.slice(0, 2));
    for (const id of ids.slice(0, 2)) expect(histories.get(id)).toEqual(await anomalies().history(projectId, id));
    expect([await anomalies().histories(projectId, []), await anomalies().histories(projectId + 1_000, ids)]).toEqual([
      new Map(),
      new Map(),
    ]);
  });

  test("a project has no more streams than it may, and each only once", async () => {
    const make = (stream: string) =>
      anomalies().createStream({ ...events, stream }, { profile: "sensitive", at: NOON }, 2);
    const made = await make("a");
    expect(made).toEqual(
      streamOf(
        { ...events, stream: "a" },
        { profile: "sensitive", level: 1e-2, lastSeenAt: null, seen: 0, judged: 0, flagged: 0 },
      ),
    );
    expect(await make("a")).toEqual(made);
    expect(await make("b")).not.toBeNull();
    expect(await make("c")).toBeNull();
    expect(await make("b")).not.toBeNull();
    // Series have a number of their own.
    expect(await anomalies().createStream(series, { profile: "strict", at: NOON }, 2)).toMatchObject({ level: 1e-4 });
  });

  test("every change of a stream's settings has its row", async () => {
    await anomalies().createStream(events, { profile: "balanced", at: NOON }, 9);
    const row = { by: "ann", reason: "too loud" };
    const changed = await anomalies().changeStream(events, { profile: "strict", level: 1e-4, adaptiveWindow: true }, [
      { ...row, at: NOON, field: "profile", from: "balanced", to: "strict" },
      { ...row, at: NOON + 1, field: "level", from: 1e-3, to: 1e-4 },
    ]);
    expect(changed).toMatchObject({ profile: "strict", level: 1e-4, adaptiveWindow: true, autoTune: false });
    expect(await anomalies().listTuning(events, 9)).toEqual([
      { ...row, at: NOON + 1, field: "level", from: 1e-3, to: 1e-4 },
      { ...row, at: NOON, field: "profile", from: "balanced", to: "strict" },
    ]);
    expect(await anomalies().listTuning(events, 1)).toHaveLength(1);
    expect(await anomalies().listTuning(series, 9)).toEqual([]);
  });

  test("a stream that is dropped takes what is known of it along, and leaves its anomalies", async () => {
    for (const drop of [
      () => anomalies().deleteStream(events),
      () => anomalies().commitWatch(commitOf({ dropped: [events] })),
    ]) {
      const seed = commitOf({ states: [stateOf(events)], streams: [streamOf(events)], anomalies: [anomalyOf(events)] });
      const [row] = await anomalies().commitWatch(seed);
      expect(await anomalies().getAnchor(events)).toBeNull();
      await anomalies().changeStream(events, { anchor: { lines: ["a\u0000"] } }, []);
      await anomalies().commitWatch(commitOf({ streams: [streamOf(events)] }));
      expect(await anomalies().getAnchor(events)).toEqual({ lines: ["a\u0000"] });
      expect(await anomalies().getStream(events)).toEqual(streamOf(events));
      await drop();
      expect(await anomalies().getState(events)).toBeNull();
      expect(await anomalies().getStream(events)).toBeNull();
      expect(await anomalies().getAnchor(events)).toBeNull();
      expect(await anomalies().get(projectId, row!.id)).not.toBeNull();
    }
    expect(await anomalies().deleteStream(events)).toBe(false);
  });
}
