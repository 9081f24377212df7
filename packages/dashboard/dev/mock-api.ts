import type { IncomingMessage, ServerResponse } from "node:http";
import type {
  AnomalyFeedback,
  BootData,
  IssueCommand,
  IssueDetail,
  IssueRow,
  LiveMessage,
  OverviewAnswer,
  SessionAnswer,
} from "@gatewatch/protocol";
import { parseIssueQuery } from "../src/lib/issue-query.ts";
import { nextState } from "../src/lib/triage.ts";
import { createMockAnomalies } from "./mock-anomalies.ts";
import { createMockAnalysis } from "./mock-analysis.ts";
import { createMockEvent } from "./mock-event.ts";
import { createMockIssues } from "./mock-issues.ts";
import { createMockOverview, createMockRequest, createMockRoutes, createMockSeries } from "./mock-telemetry.ts";

export interface MockOptions {
  /** As before the first event. */
  empty?: boolean;
  /** Nobody is signed in at first. */
  signedOut?: boolean;
  /** Writes are refused. */
  refuseWrites?: boolean;
}

export interface MockApi {
  /** False when the path is not the API's. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** What the server would write into the page at this address. */
  boot(path: string): BootData;
  /** How many streams are open now. */
  streamCount(): number;
  /** The session ends behind the page's back. */
  endSession(): void;
  /** A new issue happens, and is told. */
  addIssue(title: string): void;
  close(): void;
}

const EVENTS = 12;
const MERGED_AWAY = 404;
const STREAM_MS = 100;

/** The server's API with made-up data, for looking at the screens and for testing them. */
export function createMockApi(options: MockOptions = {}): MockApi {
  const start = Date.now();
  let signedIn = !options.signedOut;
  const issues = createMockIssues(start);
  const anomalies = createMockAnomalies(start);
  const streams = new Set<ServerResponse>();
  const session: SessionAnswer = {
    user: { id: 1, email: "ada@shop.example", name: "Ada", role: "admin" },
    projects: [
      { id: 1, name: "shop", slug: "shop", createdAt: 0, eventsLast24h: 612_400 },
      { id: 2, name: "back office", slug: "back-office", createdAt: 0, eventsLast24h: 1204 },
    ],
    version: "0.1.0",
  };
  const say = (message: LiveMessage) => {
    for (const stream of streams) stream.write(`data: ${JSON.stringify(message)}\n\n`);
  };
  const flow = setInterval(() => {
    if (options.empty || streams.size === 0) return;
    const rows = Array.from({ length: 1 + Math.floor(Math.random() * 2) }, () => createMockRequest(Date.now()));
    say({ type: "requests", rows, skipped: Math.random() < 0.3 ? 12 : 0 });
  }, STREAM_MS);
  const pulse = setInterval(
    () => say({ type: "tick", time: Date.now(), requestsPerSecond: 15, errorsPerSecond: 1, lagMs: 40 }),
    1000,
  );

  function listIssues(params: URLSearchParams) {
    const search = parseIssueQuery(params.get("q") ?? "");
    const words = search.text.toLowerCase();
    const found = issues.filter(
      (issue) =>
        `${issue.title} ${issue.culprit}`.toLowerCase().includes(words) &&
        search.terms.every(({ key, value }) =>
          key === "is"
            ? issue.state === value
            : key === "level"
              ? issue.level === value
              : key === "route"
                ? issue.routes.some((route) => route.includes(value))
                : issue.lastRelease === value,
        ),
    );
    const states = params.get("states")?.split(",");
    const shown = options.empty ? [] : found.filter((issue) => !states || states.includes(issue.state));
    const from = Number(params.get("cursor") ?? 0);
    const limit = Number(params.get("limit") ?? 50);
    const count = (state: string) => (options.empty ? 0 : found.filter((issue) => issue.state === state).length);
    return {
      issues: shown.slice(from, from + limit),
      nextCursor: from + limit < shown.length ? String(from + limit) : null,
      counts: {
        unresolved: count("new") + count("ongoing") + count("regressed"),
        new: count("new"),
        regressed: count("regressed"),
        resolved: count("resolved"),
        ignored: count("ignored"),
      },
    };
  }

  function createOverview(range: string): OverviewAnswer {
    const told = anomalies.protection(range).lanes.flatMap((lane) => lane.anomalies.filter((row) => row.told));
    return { ...createMockOverview(Date.now(), range, issues), anomalies: told };
  }

  function showIssue(issue: IssueRow): IssueDetail {
    return {
      ...issue,
      resolvedInRelease: null,
      resolveInNextRelease: false,
      ignoreUntil: null,
      ignoreUntilCount: null,
      hashes: [1, 2].map((id) => ({
        id: issue.id * 10 + id,
        algorithm: "v1",
        kind: id === 1 ? "app" : "type+template",
        hash: `${id}f2c9a7b3d1e4f60${"a1b2c3d4e5f60718"}`.slice(0, 32),
        events: Math.ceil(issue.events / id / 2),
        firstSeen: issue.firstSeen,
        lastSeen: issue.lastSeen,
        explanation: {
          rule: "app",
          exceptions: [
            {
              type: "TypeError",
              template: "Cannot read properties of undefined (reading '<str>')",
              templateUsed: false,
              frames: ["price totalOf", "checkout placeOrder"],
            },
          ],
        },
        history:
          id === 2 ? [{ at: issue.firstSeen, by: "Ada", action: "merge", fromIssue: 31, toIssue: issue.id }] : [],
      })),
      reach: { users: 121, activeUsers: 940 },
      shares: [
        {
          name: "route",
          values: [
            { value: issue.routes[0] ?? "", count: 90, share: 0.93, usual: 0.04, special: true },
            { value: "POST /cart/:id/items", count: 7, share: 0.07, usual: 0.11, special: false },
          ],
        },
        {
          name: "release",
          values: [
            { value: "1.4.1", count: 81, share: 0.84 },
            { value: "1.4.0", count: 16, share: 0.16 },
          ],
        },
        {
          name: "host",
          values: [
            { value: "web-2", count: 50, share: 0.52 },
            { value: "web-1", count: 47, share: 0.48 },
          ],
        },
        {
          name: "userAgent",
          values: [
            { value: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", count: 60, share: 0.61 },
            { value: "<b>curl</b>/8.1", count: 20, share: 0.39 },
          ],
        },
      ],
      similar: issues.slice(4, 7).map((other, index) => ({
        id: other.id,
        title: other.title,
        culprit: other.culprit,
        score: 0.82 - index * 0.2,
        state: other.state,
      })),
      activity: [
        { at: issue.firstSeen, by: "Gatewatch", action: "created" },
        {
          at: issue.lastSeen,
          by: "Gatewatch",
          action: issue.state === "regressed" ? "regressed" : "seen again",
          detail: { release: "1.4.1" },
        },
      ],
      analysis: createMockAnalysis(issue, start),
      latestEvent: createMockEvent(issue, 0, start),
    };
  }

  async function answer(method: string, url: URL, request: IncomingMessage): Promise<[status: number, body: unknown]> {
    const path = url.pathname;
    const range = url.searchParams.get("range") ?? "1h";
    if (path === "/api/session") {
      if (method === "POST") {
        const body = await readBody<{ password: string }>(request);
        if (body.password !== "open sesame") return [401, fail("unauthorized", "E-mail or password is wrong.")];
        signedIn = true;
        return [201, session];
      }
      if (method === "DELETE") {
        signedIn = false;
        for (const stream of streams) stream.end();
        return [204, null];
      }
      return signedIn ? [200, session] : [401, fail("unauthorized", "Sign in first.")];
    }
    if (!signedIn) return [401, fail("unauthorized", "Sign in first.")];
    if (method !== "GET" && options.refuseWrites) return [503, fail("unavailable", "The disk is full.")];
    if (path === "/api/projects") return [200, { projects: session.projects }];
    if (path === "/api/overview") {
      const overview = createOverview(range);
      return [200, options.empty ? { ...overview, hasData: false } : overview];
    }
    if (path === "/api/series") return [200, createMockSeries(Date.now(), range)];
    if (path === "/api/routes") return [200, { from: 0, to: 0, routes: createMockRoutes() }];
    if (path === "/api/issues") return [200, listIssues(url.searchParams)];
    if (path === "/api/protection") {
      const protection = anomalies.protection(range);
      return [200, options.empty ? { ...protection, lanes: [] } : protection];
    }
    if (path.startsWith("/api/streams")) return [200, { streams: anomalies.streams() }];
    const [, , kind, id, verb] = path.split("/");
    if (kind === "anomalies") {
      const feedback =
        method === "POST" ? (await readBody<{ feedback: AnomalyFeedback | null }>(request)).feedback : undefined;
      if (feedback !== undefined) anomalies.setFeedback(Number(id), feedback);
      return [200, anomalies.detail(Number(id))];
    }
    if (kind === "events") {
      const issue = issues.find((row) => row.id === Number(id?.slice(24, 30)));
      return issue
        ? [200, createMockEvent(issue, Number(id?.slice(30)), start)]
        : [404, fail("not_found", "No such event.")];
    }
    const issue = kind === "issues" ? issues.find((row) => row.id === Number(id)) : undefined;
    if (kind === "issues" && Number(id) === MERGED_AWAY) {
      return [404, { error: { ...fail("not_found", "It was merged.").error, details: { movedTo: 1 } } }];
    }
    if (!issue) return [404, fail("not_found", `There is no issue ${id} in this project.`)];
    if (method === "PATCH") {
      issue.state = nextState(await readBody<IssueCommand>(request));
      return [200, showIssue(issue)];
    }
    if (verb === "events") {
      const events = Array.from({ length: EVENTS }, (_, index) => createMockEvent(issue, index, start));
      return [
        200,
        {
          events: events.map(({ id, pin, release, event }) => ({
            id,
            time: event.time,
            pin,
            release,
            message: event.exceptions[0]?.message ?? "",
          })),
          nextCursor: null,
        },
      ];
    }
    if (verb === "analysis") {
      const analysis = createMockAnalysis(issue, start);
      return [
        method === "POST" ? 202 : 200,
        { analysis: analysis && { ...analysis, pending: method === "POST" }, all: [] },
      ];
    }
    return [200, showIssue(issue)];
  }

  return {
    handle(request, response) {
      const url = new URL(request.url ?? "/", "http://localhost");
      if (!url.pathname.startsWith("/api/")) return false;
      if (url.pathname === "/api/live" && signedIn) {
        response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
        response.write(": hello\n\n");
        streams.add(response);
        response.on("close", () => streams.delete(response));
        if (!options.empty) {
          const rows = Array.from({ length: 180 }, (_, index) => createMockRequest(Date.now() - (180 - index) * 2900));
          for (let at = 0; at < rows.length; at += 60) {
            response.write(
              `data: ${JSON.stringify({ type: "requests", rows: rows.slice(at, at + 60), skipped: 0 })}\n\n`,
            );
          }
        }
        response.write(
          `data: ${JSON.stringify({ type: "tick", time: Date.now(), requestsPerSecond: 15, errorsPerSecond: 1, lagMs: 40 })}\n\n`,
        );
        return true;
      }
      void answer(request.method ?? "GET", url, request).then(([status, body]) => {
        response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
        response.end(body === null ? "" : JSON.stringify(body));
      });
      return true;
    },
    boot(path) {
      const url = new URL(path, "http://localhost");
      const range = url.searchParams.get("range") ?? "1h";
      const boot: BootData = { session: signedIn ? session : null, projectId: 1, answers: {}, now: Date.now() };
      if (signedIn && url.pathname === "/") {
        const overview = createOverview(range);
        boot.answers[`/api/overview?project=1&range=${range}`] = options.empty
          ? { ...overview, hasData: false }
          : overview;
      }
      return boot;
    },
    endSession() {
      signedIn = false;
    },
    streamCount: () => streams.size,
    addIssue(title) {
      const issue: IssueRow = { ...issues[0]!, id: issues.length + 1, title, state: "new", lastSeen: Date.now() };
      issues.unshift(issue);
      say({ type: "issue", issue, outcome: "new" });
    },
    close() {
      clearInterval(flow);
      clearInterval(pulse);
      for (const stream of streams) stream.end();
    },
  };
}

function fail(code: string, message: string) {
  return { error: { code, message } };
}

async function readBody<T>(request: IncomingMessage): Promise<T> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString() || "{}") as T;
}
