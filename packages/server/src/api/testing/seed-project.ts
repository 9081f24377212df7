import type { ErrorEvent } from "@gatewatch/protocol";
import { packEvent } from "../../issues/pack-event.ts";
import { HyperLogLog } from "../../model/hyperloglog.ts";
import type { Subject } from "../../model/anomaly.ts";
import type { RollupDelta } from "../../model/rollup.ts";
import { Sketch } from "../../model/sketch.ts";
import type { StoreEngine } from "../../model/store.ts";
import { seedClientRecords } from "./seed-client-records.ts";
import type { ApiRoute } from "../route.ts";

/** Test support: one project with a bit of everything, and what a caller must know to ask for it. */
export interface SeededProject {
  issueId: number;
  otherIssueId: number;
  eventId: string;
  /** Texts that only those who may see the project may ever read. */
  secrets: string[];
  idFor(operation: string): string;
  /** The query that the operation needs, with its `?`. */
  searchFor(operation: string): string;
  bodyFor(operation: string): unknown;
}

const MINUTE_MS = 60_000;

/** Whether the route names a thing of the project in its path. */
export function isAboutOneThing(route: ApiRoute): boolean {
  return route.path.includes(":") && route.access.scope === "project";
}

export async function seedProject(store: StoreEngine, projectId: number, now: number): Promise<SeededProject> {
  const users = new HyperLogLog();
  for (const name of ["ann", "bob", "cem"]) users.add(name);
  const issueIds: number[] = [];
  const eventId = "11111111-2222-4333-8444-555555555555";
  await store.digest({ segment: 1, offset: 1 }, async (tx) => {
    for (const name of ["first", "second"]) {
      const issue = await tx.insertIssue({
        projectId,
        title: `SecretError: ${name} planted title`,
        culprit: "src/planted.ts:7 in total",
        level: "error",
        state: "new",
        severity: "high",
        firstSeen: now - 10 * MINUTE_MS,
        lastSeen: now - MINUTE_MS,
        events: 5,
        users: users.toBytes(),
        firstRelease: "planted-1.0",
        lastRelease: "planted-1.0",
        releases: ["planted-1.0"],
        routes: ["GET /planted"],
        resolvedAt: null,
        resolvedInRelease: null,
        resolveInNextRelease: false,
        ignoreUntil: null,
        ignoreUntilCount: null,
      });
      issueIds.push(issue.id);
      for (const kind of ["app", "system"]) {
        // The first issue can be split; the other has a hash that only leads newcomers to it.
        const events = name === "first" ? { app: 3, system: 2 }[kind]! : { app: 5, system: 0 }[kind]!;
        const [hash] = await tx.attachHashes([
          {
            projectId,
            issueId: issue.id,
            algorithm: "v1",
            hash: { kind, hash: `${name}-${kind}`.padEnd(32, "0") },
            title: issue.title,
            culprit: issue.culprit,
            explanation: { rule: kind },
            at: now,
          },
        ]);
        await tx.addHashDeltas(projectId, [
          {
            hashId: hash!.id,
            events,
            firstSeen: issue.firstSeen,
            lastSeen: issue.lastSeen,
            users: users.toBytes(),
            releases: ["planted-1.0"],
            routes: ["GET /planted"],
            hours: new Map(events > 0 ? [[Math.floor(now / 3_600_000) * 3_600_000, events]] : []),
          },
        ]);
        if (name === "first" && kind === "app") {
          const event: ErrorEvent = {
            type: "error",
            id: eventId,
            time: now - MINUTE_MS,
            level: "error",
            handled: true,
            mechanism: "next",
            exceptions: [{ type: "SecretError", message: "planted title", frames: [] }],
            request: {
              method: "GET",
              url: "/planted?x=1",
              route: "/planted",
              headers: {},
              query: {},
              status: 500,
              userAgent: "Planted/1",
            },
            count: 2,
            custom: { attachments: [{ file: "planted.log", bytes: 7, type: "text/plain", text: "planted" }] },
          };
          await tx.addIssueEvents([
            {
              id: eventId,
              projectId,
              issueId: issue.id,
              hashId: hash!.id,
              time: event.time,
              receivedAt: event.time,
              pin: "latest",
              release: "planted-1.0",
              environment: "production",
              host: "planted-host",
              message: "planted title",
              body: packEvent(event),
            },
          ]);
        }
      }
    }
    await seedClientRecords(tx, projectId, { now, issueId: issueIds[0]!, eventId });
    const minutes = (route: string | null) =>
      Array.from({ length: 120 }, (_, index) => cell(projectId, now, index, route));
    await tx.addRollups("minute", minutes(null));
    await tx.addRollups("minute_route", minutes("GET /planted"));
    await tx.addOutbox([
      {
        id: "dead-1",
        projectId,
        kind: "alert",
        channelId: null,
        payload: { rule: { name: "planted rule" }, issue: { title: "planted title" } },
        createdAt: now,
        attempts: 9,
        dueAt: now,
        leaseUntil: null,
        state: "dead",
        lastError: "planted failure",
      },
    ]);
  });
  const rule = await store.control.createAlertRule({
    projectId,
    enabled: true,
    name: "planted rule",
    when: { kind: "newIssue" },
    channels: [],
    cooldownMs: 1000,
  });
  await store.control.updateProject(projectId, { name: "planted project" });
  const channel = await store.control.createChannel({
    kind: "slack",
    name: "planted channel",
    enabled: true,
    config: { webhookUrl: "https://hooks.example/planted-secret-9999", room: "planted room" },
  });
  const credential = await store.control.createCredential({
    projectId,
    kind: "dsn",
    scope: "ingest",
    name: "planted dsn",
    hint: "…",
    createdAt: now,
    lookup: "0123456789abcdef0123456789abcdef",
    sealed: null,
  });
  const subject: Subject = { projectId, kind: "event", stream: "planted-stream", measure: null };
  await store.anomalies.createStream(subject, { profile: "balanced", at: now }, 100);
  await store.anomalies.changeStream(subject, { autoTune: true }, [
    { at: now, by: "planted person", field: "autoTune", from: false, to: true, reason: "planted reason" },
  ]);
  const [anomaly] = await store.anomalies.commitWatch({
    watchedUntil: null,
    states: [],
    streams: [],
    anomalies: [
      {
        ...subject,
        id: 0,
        startedAt: now - MINUTE_MS,
        endedAt: now - MINUTE_MS,
        pValue: 1e-7,
        level: 1e-3,
        score: 9,
        count: 1,
        why: "planted: never seen",
        feedback: null,
        told: true,
        findings: [{ field: "planted", message: "never seen", expected: "book", seen: "planted", surprise: 4 }],
        event: { planted: ["x", 1, null] },
        normal: { planted: "book" },
        series: { stepMs: MINUTE_MS, time: [now], value: [1], low: [null], middle: [0], high: [2] },
        discovery: { target: 0.1, level: 1e-5, tested: 9, told: 1 },
        compression: {
          algorithm: "gzip",
          fallbackFrom: "zstd",
          ncd: 0.5,
          baselineRatio: 3,
          windowRatio: 1.5,
          baselineEntropy: 4,
          windowEntropy: 4.5,
        },
      },
    ],
    outbox: [],
    discovery: [],
    tallies: [
      { projectId, time: now, judged: 9, flagged: 1, expected: 0.1, told: 1, requests: 9, limited: 2, refused: 1 },
    ],
  });
  const hashes = await store.issues.listHashes(projectId, issueIds[0]!);
  const [issueId, otherIssueId] = issueIds as [number, number];
  return {
    issueId,
    otherIssueId,
    eventId,
    secrets: ["planted", "SecretError", "0123456789abcdef0123456789abcdef"],
    idFor(operation) {
      if (/channel/i.test(operation)) return String(channel.id);
      if (/rule/i.test(operation)) return String(rule.id);
      if (/token/i.test(operation)) return String(credential.id);
      if (/delivery/i.test(operation)) return "dead-1";
      if (operation === "getEvent" || operation === "getAttachment") return eventId;
      if (operation === "listIssueFeedback") return String(issueId);
      if (/monitor/i.test(operation)) return "planted-job";
      if (/anomal|feedback/i.test(operation)) return String(anomaly!.id);
      if (/session/i.test(operation)) return "0".repeat(64);
      return String(issueId);
    },
    searchFor(operation) {
      if (operation === "getAttachment") return "?index=0";
      if (operation === "deleteArtifacts") return "?release=planted-1.0";
      if (operation === "getStreamState") return "?stream=planted-stream";
      if (operation === "mergeStreamState") return "?stream=planted-stream&replica=r1&sequence=1";
      const isAboutStream = ["getStream", "changeStream", "deleteStream", "listTuning"].includes(operation);
      return isAboutStream ? "?kind=event&stream=planted-stream" : "";
    },
    bodyFor(operation) {
      const bodies: Record<string, unknown> = {
        changeIssue: { action: "resolve" },
        mergeIssues: { from: [otherIssueId] },
        splitIssue: { hashIds: [hashes[1]?.id ?? 1] },
        createProject: { name: "another" },
        createToken: { name: "t" },
        changeSettings: { project: { redactKeys: ["pin"] }, retention: { samplesPerIssue: 7 } },
        createChannel: { kind: "slack", name: "c", config: {} },
        changeChannel: { enabled: false },
        createAlertRule: { enabled: true, name: "r", when: { kind: "newIssue" }, channels: [], cooldownMs: 0 },
        changeAlertRule: { enabled: false },
        signIn: { email: "a@example.com", password: "x" },
        giveFeedback: { feedback: "confirmed", reason: "seen it" },
        changeStream: { profile: "strict" },
        detectEvents: { stream: "planted-stream", events: [{ a: 1 }] },
        changePassword: { next: "a long password" },
      };
      return bodies[operation];
    },
  };
}

/** One minute with ten requests of 1 to 10 ms, one of them failed in the newest five minutes. */
function cell(projectId: number, now: number, index: number, route: string | null): RollupDelta {
  const sketch = new Sketch();
  for (let us = 1000; us <= 10_000; us += 1000) sketch.add(us);
  return {
    projectId,
    time: Math.floor(now / MINUTE_MS) * MINUTE_MS - index * MINUTE_MS,
    route,
    count: 10,
    errors: index < 5 ? 1 : 0,
    clientErrors: 0,
    sumUs: 55_000,
    maxUs: 10_000,
    sketch: sketch.toBytes(),
  };
}
