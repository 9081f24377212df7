import { createEventDetector, type DetectableEvent, type EventDetector, type Verdict } from "@gatewatch/detect";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import { describe, expect, it, vi } from "vitest";
import type { EarlyReply } from "../../gate/exchange.ts";
import type { Notice } from "../../gate/notices.ts";
import { ANOMALY_SPEC, type AnomalyOptions, type RequestAnomaly } from "../../options/groups/anomaly.ts";
import { defaultsOf } from "../../options/option-kinds.ts";
import { createExchangeStandIn, createOutcomeStandIn, type ExchangeFacts } from "../../record/exchange-stand-in.ts";
import { createUserView } from "../../record/view-user.ts";
import { createAnomalyLayer } from "./create-anomaly-layer.ts";
import { describeExchange, describeRequest } from "./describe-request.ts";
import { type Detection, detectEvents, type EventAnomaly } from "./detect-events.ts";
import { EventStreams } from "./event-streams.ts";
import type { RemoteJudge } from "./remote-judge.ts";

/** Finds odd whatever has "/odd" in it. */
function createOddFinder(learned: DetectableEvent[] = []): EventDetector {
  return {
    judge(event): Verdict {
      const isAnomaly = JSON.stringify(event).includes("/odd");
      const findings = isAnomaly
        ? [{ field: "body.path", message: "body.path: expected /, seen odd", expected: "/", seen: "odd" }]
        : [];
      const block = isAnomaly && !JSON.stringify(event).includes("/odd/little");
      return { state: "ready", isAnomaly, pValue: isAnomaly ? 0.00005 : 0.7, findings, block };
    },
    learn: (event) => void learned.push(event),
    observe(event, nowMs) {
      learned.push(event);
      return this.judge(event, nowMs);
    },
    nearestNormal: () => null,
    feedback: () => undefined,
    merge: () => undefined,
    snapshot: () => new Uint8Array(),
    get stats() {
      const observedRates = { sensitive: 0, balanced: 0, strict: 0 };
      return { events: learned.length, quarantined: 0, observedRates, drift: 0, bytes: 0 };
    },
  };
}

function createOddFinders(): EventStreams {
  const kit = { create: () => createOddFinder(), restore: () => createOddFinder() };
  return new EventStreams({ kit, maxStreams: 10 });
}

function createRemote(detection: Detection = { status: "ready", anomalies: [] }) {
  const pushed: [string, DetectableEvent][] = [];
  const asked: [string, DetectableEvent, number][] = [];
  const listeners = new Map<string, (anomaly: EventAnomaly) => void>();
  const close = vi.fn<() => Promise<void>>(async () => undefined);
  const remote: RemoteJudge = {
    isShared: false,
    async judge(...args) {
      asked.push(args);
      return detection;
    },
    push: (...args) => void pushed.push(args),
    listen: (stream, listener) => void listeners.set(stream, listener),
    stats: () => ({ waiting: 1, sent: 2, dropped: 3 }),
    close,
  };
  return {
    remote,
    pushed,
    asked,
    close,
    tell: (stream: string, anomaly: EventAnomaly) => listeners.get(stream)?.(anomaly),
  };
}

function start(options: Partial<AnomalyOptions> = {}, remote?: RemoteJudge) {
  const learned = new Map<string, DetectableEvent[]>();
  const facts: unknown[] = [];
  const notices: Notice[] = [];
  const told: RequestAnomaly[] = [];
  const time = { ms: 1_800_000_000_000 };
  const streams = createOddFinders();
  const open = streams.of.bind(streams);
  // The stand-ins of detectors are told apart by their streams.
  streams.of = (name) => {
    const stream = open(name);
    const list = learned.get(name) ?? [];
    if (!learned.has(name)) {
      learned.set(name, list);
      const finder = createOddFinder(list);
      stream.learn = (event, now) => finder.learn(event, now);
      stream.observe = (event, now) => finder.observe(event, now);
    }
    return stream;
  };
  const layer = createAnomalyLayer(
    { ...defaultsOf(ANOMALY_SPEC), onAnomaly: (anomaly) => void told.push(anomaly), ...options },
    {
      streams,
      recorder: { recordFact: (fact) => void facts.push(fact) },
      redactor: createRedactor(),
      viewUser: createUserView({ keepEmail: false, secret: undefined }),
      viewSender: (address) => `sender-${address.at(-1)}`,
      clock: { now: () => time.ms, monotonicMs: () => 0 },
      notice: (notice) => void notices.push(notice),
      stream: "shop",
      remote,
      random: () => 0.5,
    },
  );
  const run = async (exchange: ExchangeFacts = {}): Promise<EarlyReply | undefined> => {
    const x = createExchangeStandIn(exchange);
    const reply = (await layer.onRequest?.(x)) ?? undefined;
    layer.onFinish!(x, createOutcomeStandIn({ status: reply?.status ?? 200, route: exchange.route ?? null }));
    return reply;
  };
  return { layer, run, facts, notices, told, time, learned: (stream: string) => learned.get(stream) ?? [] };
}

describe("the anomaly layer", () => {
  it("scores finished exchanges, learns from them, and tells of what is odd", async () => {
    const { layer, run, told, learned, facts } = start();
    await run({ url: "/shop" });
    await run({ url: "/odd?q=1" });
    expect(layer.onRequest).toBeUndefined();
    expect(learned("shop")).toHaveLength(2);
    expect(told).toEqual([
      expect.objectContaining({
        stream: "shop",
        pValue: 0.00005,
        phase: "event",
        blocked: false,
        why: expect.any(String),
      }),
    ]);
    expect(facts).toEqual([
      {
        type: "custom",
        name: "anomaly",
        attributes: {
          stream: "shop",
          p_value: 0.00005,
          why: "body.path: expected /, seen odd",
          phase: "event",
          blocked: false,
        },
      },
    ]);
    expect(layer.stats!()).toMatchObject({ judged: 2, anomalies: 1, blocked: 0, streams: 1 });
  });

  it("writes a line where nobody else is told, and no more than ten in a second", async () => {
    const { layer, run, notices, facts, time } = start({ onAnomaly: null });
    for (let index = 0; index < 15; index++) await run({ url: "/odd", route: "/odd" });
    expect([notices.length, facts.length]).toEqual([10, 10]);
    expect(notices[0]).toMatchObject({ level: "warn", code: "anomaly" });
    expect(notices[0]?.message).toBe("an anomaly: GET /odd: body.path: expected /, seen odd");
    time.ms += 1_000;
    await run({ url: "/odd" });
    expect([notices.length, layer.stats!()["untold"]]).toEqual([11, 5]);
  });

  it("refuses an anomalous request when told, without saying why, and does not learn from it", async () => {
    const { layer, run, told, learned } = start({ block: true });
    expect(await run({ url: "/shop" })).toBeUndefined();
    const reply = await run({ url: "/odd" });
    expect(reply).toMatchObject({ status: 403, headers: { "Cache-Control": "no-store" } });
    expect(JSON.parse(String(reply?.body))).toEqual({
      error: { code: "anomalous_request", message: "This request was refused.", request_id: "req-1" },
    });
    expect(told).toEqual([expect.objectContaining({ phase: "request", blocked: true })]);
    expect([learned("shop").length, learned("shop (requests)").length]).toEqual([1, 1]);
    expect(layer.stats!()).toMatchObject({ blocked: 1, wouldBlock: 0, judged: 1 });
  });

  it("tells of what is odd and not rare enough to refuse, and lets it pass", async () => {
    const { layer, run, told } = start({ block: true });
    expect(await run({ url: "/odd/little" })).toBeUndefined();
    expect(told).toEqual([
      expect.objectContaining({ phase: "request", block: false, blocked: false }),
      expect.objectContaining({ phase: "event" }),
    ]);
    expect(layer.stats!()).toMatchObject({ blocked: 0, wouldBlock: 0 });
  });

  it("tells detectors by a pseudonym who sent a request, and nobody else", async () => {
    const { run, told, learned } = start();
    await run({ url: "/odd", clientAddress: "203.0.113.77" });
    expect(learned("shop")).toEqual([expect.objectContaining({ client_address: "sender-7" })]);
    expect(JSON.stringify(told)).not.toContain("sender-7");
  });

  it("only counts what it would refuse, in the shadow", async () => {
    const { layer, run } = start({ block: "shadow" });
    expect(await run({ url: "/odd" })).toBeUndefined();
    expect(layer.stats!()).toMatchObject({ blocked: 0, wouldBlock: 1 });
  });

  it.each<[string, Partial<AnomalyOptions>, string]>([
    ["a skipped path", { skip: ["/odd*"] }, "/odd/inside"],
    ["a request outside of the sample", { sampleRate: 0.5 }, "/odd"],
    ["no request at all", { sampleRate: 0 }, "/odd"],
  ])("passes %s by", async (_, options, url) => {
    const { run, told, layer } = start({ block: true, ...options });
    expect(await run({ url })).toBeUndefined();
    expect([told, layer.stats!()["judged"]]).toEqual([[], 0]);
  });

  it.each(["//odd", "/Odd", "/%6fdd", "/x/../odd"])("does not pass %s by, which is another spelling", async (url) => {
    const { run, layer } = start({ skip: ["/odd*"] });
    await run({ url });
    expect(layer.stats!()["judged"]).toBe(1);
  });

  it("takes requests of the sample", async () => {
    const { run } = start({ block: true, sampleRate: 0.51, skip: ["/other"] });
    expect(await run({ url: "/odd" })).toMatchObject({ status: 403 });
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("mine");
      },
    ],
    ["rejects", () => Promise.reject(new Error("mine"))],
  ])("survives a hook that %s", async (_, onAnomaly) => {
    const { run, layer } = start({ onAnomaly });
    await run({ url: "/odd" });
    await vi.waitFor(() => expect(layer.stats!()).toMatchObject({ anomalies: 1, hookFailures: 1 }));
  });

  it("is judged once where a route has a layer of its own", () => {
    const [app, route] = [start(), start({ stream: "route" })];
    const x = createExchangeStandIn({ url: "/odd" });
    route.layer.onFinish!(x, createOutcomeStandIn());
    app.layer.onFinish!(x, createOutcomeStandIn());
    expect([route.told.length, app.told.length]).toEqual([1, 0]);
  });
});

describe("with a server", () => {
  it("hands over finished events, redacted and with their time, and tells of what the server finds", async () => {
    const { remote, pushed, tell, close } = createRemote();
    const { run, layer, told } = start({ remote: true, skip: [] }, remote);
    await run({ url: "/reset/4111111111111111", user: { authenticated: true, id: 7, username: null } });
    expect(pushed).toHaveLength(1);
    expect(pushed[0]).toMatchObject([
      "shop",
      { timestamp: "2027-01-15T08:00:00.000Z", type: "http_request", attributes: { user_id: 7 } },
    ]);
    expect(JSON.stringify(pushed)).not.toContain("4111111111111111");
    tell("shop", { index: 0, why: "late", pValue: 0.001, block: false, findings: [], event: {} });
    expect(told).toEqual([expect.objectContaining({ phase: "server", why: "late" })]);
    expect(layer.stats!()).toMatchObject({ remoteWaiting: 1, remoteSent: 2, remoteDropped: 3 });
    await layer.close!();
    expect(close).toHaveBeenCalledOnce();
  });

  it("waits for its judgement only when told", async () => {
    const odd = { index: 0, why: "odd", pValue: 0.001, block: true, findings: [], event: {} };
    const { remote, asked } = createRemote({ status: "ready", anomalies: [odd] });
    expect(await start({ block: true }, remote).run()).toBeUndefined();
    expect(asked).toEqual([]);
    expect(await start({ block: true, background: false, deadlineMs: 77 }, remote).run()).toMatchObject({
      status: 403,
    });
    expect(asked).toEqual([["shop (requests)", expect.objectContaining({ type: "http_request" }), 77]]);
  });

  it("lets requests pass when there is no judgement", async () => {
    const { remote } = createRemote({ status: "unavailable", anomalies: [] });
    const { run, layer } = start({ block: true, background: false }, remote);
    expect(await run()).toBeUndefined();
    expect(layer.stats!()).toMatchObject({ unavailable: 1, blocked: 0 });
  });

  it.each([-1, 1, 1e9])(
    "refuses nobody for what the server says of event %d, which it was not asked about",
    async (index) => {
      const anomaly = { index, why: "odd", pValue: 0.0001, block: true, findings: [], event: {} };
      const { remote } = createRemote({ status: "ready", anomalies: [anomaly] });
      expect(await start({ block: true, background: false }, remote).run()).toBeUndefined();
    },
  );
});

describe("an event", () => {
  it("of a finished exchange has the members that detection servers know", () => {
    const x = createExchangeStandIn({
      method: "POST",
      url: "/a/1?x=2",
      user: { authenticated: true, id: "u1", username: null },
    });
    Object.assign(x.attributes, { tier: "gold" });
    Object.assign(x.metrics, { items: 2 });
    const outcome = createOutcomeStandIn({
      status: 201,
      durationMs: 4,
      requestBytes: 3,
      responseBytes: 9,
      route: "/a/:id",
    });
    expect(describeExchange(x, outcome, { path: "/a/1", userId: "u1" })).toEqual({
      type: "http_request",
      body: {
        method: "POST",
        path: "/a/1",
        route: "/a/:id",
        status_code: 201,
        latency_ms: 4,
        request_bytes: 3,
        response_bytes: 9,
      },
      attributes: { user_id: "u1", tier: "gold", items: 2 },
    });
    const nobody = { path: "/a", userId: undefined };
    expect(describeExchange(createExchangeStandIn(), outcome, nobody)).not.toHaveProperty("attributes");
  });

  it.each<[name: string, url: string, wanted: object]>([
    ["a path", "/a/b/c", { path_length: 6, path_segments: 3, query_length: 0, query_fields: 0, odd_chars: 0 }],
    ["a query", "/a?x=1&y=a/b", { path_length: 2, path_segments: 1, query_length: 10, query_fields: 2 }],
    ["an attack", "/a?q='%20OR%201=1--<script>", { query_fields: 1, odd_chars: 5 }],
    ["100,000 signs", `/${"%".repeat(100_000)}`, { path_length: 100_001, odd_chars: 4_095 }],
  ])("of a request tells sizes of %s", (_name, url, wanted) => {
    expect(describeRequest(createExchangeStandIn({ url }), "/a")["body"]).toMatchObject({ path: "/a", ...wanted });
  });

  it("of a request tells neither query, nor cookies, nor tokens", () => {
    const headers = {
      cookie: "sid=secret",
      authorization: "Bearer secret",
      "content-length": "12",
      "user-agent": "UA",
    };
    const event = describeRequest(createExchangeStandIn({ url: "/a?token=secret", headers }), "/a");
    expect(JSON.stringify(event)).not.toContain("secret");
    expect(event["body"]).toMatchObject({
      is_signed_in: true,
      request_bytes: 12,
      user_agent: "UA",
      content_type: "none",
    });
  });
});

describe("detectEvents()", () => {
  const amounts = (count: number): DetectableEvent[] =>
    Array.from({ length: count }, (_, index) => ({
      type: "payment",
      body: { amount: String(20 + ((index * 37) % 80)) },
    }));

  const redactor = createRedactor();

  it("has an empty list until it knows enough, and then finds what is odd", () => {
    const kit = { create: () => createEventDetector(), restore: () => createEventDetector() };
    const ports = { streams: new EventStreams({ kit, maxStreams: 2 }), redactor };
    expect(detectEvents(ports, "payments", { body: { amount: "1e9" } }, 0)).toEqual({
      status: "calibrating",
      anomalies: [],
    });
    detectEvents(ports, "payments", amounts(2_500), 0);
    const { status, anomalies } = detectEvents(
      ports,
      "payments",
      [...amounts(1), { type: "payment", body: { amount: "9000000" } }],
      0,
    );
    expect(status).toBe("ready");
    expect(anomalies).toEqual([
      expect.objectContaining({ index: 1, block: true, why: expect.stringContaining("body.amount") as string }),
    ]);
  });

  it("learns no secrets", () => {
    const learned: DetectableEvent[] = [];
    const kit = { create: () => createOddFinder(learned), restore: () => createOddFinder() };
    const event = { type: "login", password: "hunter2", note: "card 4111111111111111", user: { api_key: "k-1" } };
    const ports = { streams: new EventStreams({ kit, maxStreams: 2 }), redactor };
    detectEvents(ports, "logins", event, 0);
    expect(JSON.stringify(learned)).not.toMatch(/hunter2|4111|k-1/);
    expect(learned).toEqual([expect.objectContaining({ type: "login", password: "[REDACTED]" })]);
  });

  it.each<[string, unknown, string]>([
    ["nothing", undefined, "ready"],
    ["a text", "odd", "ready"],
    ["a list of nothing", [null, 1], "ready"],
    [
      "what throws when it is read",
      {
        get body() {
          throw new Error("mine");
        },
      },
      "unavailable",
    ],
  ])("never throws for %s", (_, events, status) => {
    const ports = { streams: createOddFinders(), redactor };
    expect(detectEvents(ports, "s", events as DetectableEvent, 0)).toEqual({ status, anomalies: [] });
  });
});
