import { expect } from "vitest";
import type { GatewatchOptions } from "../../../create-gatewatch.ts";
import { startDetectionServer } from "../../../detect-client/detection-server-stand-in.ts";
import { startCerberusBackend } from "../../../ship/cerberus/cerberus-backend-stand-in.ts";
import { FACTS, TEXT } from "./app-routes.ts";
import type { LayerRow } from "./row.ts";

/** One that finds the first event odd that it is asked about. */
function findsOdd(block: boolean | "shadow"): LayerRow["stage"] {
  return async () => {
    const server = await startDetectionServer();
    const odd = { index: 0, why: "odd", metrics: { p_value: 0.00005 }, event: {} };
    server.staged.push({ status: 200, body: { success: true, status: "ready", anomalies: [odd] } });
    const told: unknown[] = [];
    const anomaly = {
      enabled: true,
      remote: true,
      background: false,
      block,
      url: server.url,
      apiKey: "dlk_test.secret",
      deadlineMs: 10_000,
      onAnomaly: (found: unknown) => void told.push(found),
    };
    return {
      options: { anomaly } satisfies GatewatchOptions,
      check({ core, events }) {
        expect(told).toMatchObject([{ phase: "server", blocked: block === true, why: "odd" }]);
        const counts = block === true ? { blocked: 1, wouldBlock: 0 } : { blocked: 0, wouldBlock: 1 };
        expect(core.stats().layers["anomaly"]).toMatchObject(counts);
        const facts = events.filter((event) => event.type === "custom");
        expect(facts).toMatchObject([{ name: "anomaly", attributes: { blocked: block === true, why: "odd" } }]);
      },
    };
  };
}

/** anomaly, cerberus: what others are told of requests. */
export const STREAM_ROWS: readonly LayerRow[] = [
  {
    layer: "anomaly",
    name: "what the detector finds odd is refused where it may block",
    stage: findsOdd(true),
    asks: [
      {
        path: "/items/7",
        sees: {
          status: 403,
          headers: { "cache-control": "no-store", "x-request-id": /./, "x-content-type-options": "nosniff" },
          json: { error: { code: "anomalous_request", message: "This request was refused." } },
        },
      },
      { path: "/items/8", sees: { json: { id: "8" } } },
    ],
    requests: [{ status: 403 }, { status: 200 }],
    check: ({ runs }) => expect(runs).toEqual(["GET /items/:id"]),
  },
  {
    layer: "anomaly",
    name: "in the shadow it is only counted",
    stage: findsOdd("shadow"),
    asks: [
      { path: "/items/7", sees: { json: { id: "7" } } },
      { path: "/items/8", sees: { json: { id: "8" } } },
    ],
  },
  {
    layer: "anomaly",
    name: "a detector that is away harms nobody",
    stage: async () => {
      const server = await startDetectionServer();
      server.staged.push({ status: 0, cut: true });
      const anomaly = { enabled: true, remote: true, background: false, block: true, url: server.url };
      return { options: { anomaly } };
    },
    asks: [{ path: "/items/7", sees: { json: { id: "7" } } }],
    check: ({ core }) => expect(core.stats().layers["anomaly"]).toMatchObject({ blocked: 0, unavailable: 1 }),
  },
  {
    layer: "cerberus",
    name: "one frame for each request, without secrets",
    async stage() {
      const backend = await startCerberusBackend();
      const cerberus = {
        enabled: true,
        wsUrl: backend.wsUrl,
        token: "sk-key",
        clientId: "shop",
        secretKey: "of-the-pseudonyms",
        headers: ["*"],
        query: ["*"],
        skip: ["/text"],
      };
      return {
        options: { cerberus } satisfies GatewatchOptions,
        check() {
          expect(backend.faults).toEqual([]);
          const frame = { api_key: "sk-key", token: "sk-key", client_id: "shop", method: "GET", scheme: false };
          expect(backend.frames).toMatchObject([
            {
              ...frame,
              endpoint: "/told",
              status_code: 200,
              latency_ms: expect.any(Number),
              custom_data: { basket: 2 },
              user_id: "u1",
              headers: { "x-page": "2" },
              query_params: { page: "2", token: "[REDACTED]" },
            },
            { ...frame, endpoint: "/facts", custom_data: FACTS },
            { ...frame, endpoint: "/throws", status_code: 500 },
          ]);
          expect(JSON.stringify(backend.frames)).not.toContain("swordfish");
        },
      };
    },
    asks: [
      {
        path: "/told?page=2&token=swordfish",
        headers: { "x-page": "2", authorization: "Bearer swordfish" },
        sees: {},
      },
      { path: "/facts", sees: { json: { words: TEXT } } },
      { path: "/text", sees: {} },
      { path: "/throws", sees: { status: 500 } },
    ],
    errors: [{}],
  },
];
