import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { createAuthenticator } from "../../auth/authenticate.ts";
import { openKeyFile } from "../../auth/key-file.ts";
import { createSession } from "../../auth/session.ts";
import type { Shared } from "../../model/shared.ts";
import type { StoreEngine } from "../../model/store.ts";
import { createWatch, type Watch } from "../../anomalies/create-watch.ts";
import { createDetectorKitStandIn } from "../../anomalies/detector-stand-in.ts";
import { createMemoryShared } from "../../shared/memory-shared.ts";
import { openStoreEngine } from "../../store/open-store.ts";
import type { ApiOptions } from "../api-deps.ts";
import { registerApi } from "../http/bind-fastify.ts";
import { ROUTING_OPTIONS } from "../http/routing-options.ts";

/** Test support: the API on a real socket over a real store in a temporary folder. */
export interface ServerStandIn {
  app: FastifyInstance;
  url: string;
  port: number;
  store: StoreEngine;
  shared: Shared;
  options: ApiOptions;
  /** What was logged as our own fault. */
  logged: { message: string; fields: { requestId: string; error: unknown } }[];
  /** The time that the server sees; tests move it. */
  time: { now: number };
  dataDir: string;
  watch: Watch;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Signs a new user in; headers of a browser on our own pages. */
  signIn(role: "admin" | "member"): Promise<{ userId: number; headers: Record<string, string> }>;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
export const TEST_START = Date.UTC(2026, 5, 15, 12, 0, 30);

export async function startServerStandIn(changes: Partial<ApiOptions> = {}): Promise<ServerStandIn> {
  const dataDir = await mkdtemp(join(tmpdir(), "gatewatch-api-"));
  const store = await openStoreEngine({ engine: "sqlite", dataDir });
  const time = { now: TEST_START };
  const clock = () => time.now;
  const shared = createMemoryShared(clock);
  const authenticator = createAuthenticator({ store, shared, clock });
  const logged: ServerStandIn["logged"] = [];
  const watch = createWatch({
    store,
    kit: createDetectorKitStandIn(),
    clock,
    behindSince: () => null,
    decideAlerts: async () => [],
    onCrash: (error) => logged.push({ message: "The watch failed.", fields: { requestId: "", error } }),
    reportDamage: () => undefined,
  });
  const options: ApiOptions = {
    store,
    shared,
    clock,
    version: "1.2.3",
    authenticator,
    keyFile: openKeyFile(dataDir),
    verbs: {
      requestAnalysis: async () => undefined,
      forgetKeys: () => undefined,
      channelKinds: () => [
        {
          kind: "slack",
          configSchema: { type: "object", properties: { webhookUrl: { type: "string", secret: true }, room: {} } },
        },
      ],
      parseChannelConfig: (_kind, config) => config,
      testChannel: async () => ({ ok: true, message: "sent" }),
      watch,
    },
    health: () => ({
      uptimeMs: 5000,
      intake: { acceptedEvents: 7, rejectedEvents: 1, batches: 2, duplicates: 0 },
      journal: { appendedBytes: 100, lagBytes: 0, lagMs: 0 },
      digest: { events: 7, lagMs: 3, failures: 0, poisoned: 0, halted: null },
      watch: watch.health(),
      drops: [{ where: "client", reason: "queue_full", count: 4 }],
      disk: { dataBytes: 1000, freeBytes: null },
      analyst: { provider: null, callsToday: 0, spentTodayUsd: 0, budgetUsd: 2 },
    }),
    whyNotReady: () => null,
    defaults: {
      retention: {
        rawMaxAgeMs: 14 * DAY_MS,
        minuteMaxAgeMs: 14 * DAY_MS,
        minuteRouteMaxAgeMs: 48 * HOUR_MS,
        hourRouteMaxAgeMs: 90 * DAY_MS,
        dayMaxAgeMs: 730 * DAY_MS,
        samplesPerIssue: 100,
        maxBytes: 2 ** 30,
        batchIdMaxAgeMs: 2 * DAY_MS,
      },
      analyst: { maxCallsPerDay: 100, maxUsdPerDay: 2 },
    },
    publicUrl: null,
    driftlock: { requestsPerSecond: 600, pascalCase: false, hasDemo: true, backlog: () => null },
    dashboardDir: join(dataDir, "no-dashboard"),
    logError: (message, fields) => logged.push({ message, fields }),
    ...changes,
  };
  const app = Fastify({ ...ROUTING_OPTIONS });
  await registerApi(app, options);
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const port = Number(new URL(url).port);
  let people = 0;
  return {
    app,
    url,
    port,
    store,
    shared,
    options,
    logged,
    time,
    dataDir,
    watch,
    fetch: (path, init) => fetch(`${url}${path}`, { redirect: "manual", ...init }),
    async signIn(role) {
      people += 1;
      const user = await store.control.createUser({
        email: `${role}${people}@example.com`,
        name: role,
        role,
        passwordHash: null,
        createdAt: time.now,
      });
      const secret = await createSession(store, { userId: user!.id, at: time.now, userAgent: "test" });
      return {
        userId: user!.id,
        headers: { cookie: `gatewatch_${port}=${secret}`, origin: url, "sec-fetch-site": "same-origin" },
      };
    },
    async close() {
      await app.close();
      await authenticator.close();
      await shared.close();
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
