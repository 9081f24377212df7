import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import type { CerberusFacts } from "@gatewatch/protocol/cerberus-event";
import { afterEach, describe, expect, it } from "vitest";
import { startCerberusBackend } from "./cerberus/cerberus-backend-stand-in.ts";
import { systemClock } from "./clock.ts";
import { createClockStandIn, until } from "./clock-stand-in.ts";
import { type CerberusSink, type CerberusSinkOptions, createCerberusSink } from "./create-cerberus-sink.ts";

const opened: CerberusSink[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((sink) => sink.close(0)));
});

async function start(options: Partial<CerberusSinkOptions> = {}) {
  const backend = await startCerberusBackend();
  const lines: string[] = [];
  const note =
    (level: string) =>
    (message: string): void =>
      void lines.push(`${level} ${message}`);
  const sink = createCerberusSink({
    wsUrl: backend.wsUrl,
    token: "sk-key",
    clientId: "shop",
    secretKey: "cerberus-parity-test-key-v1",
    backendUrl: null,
    redactor: createRedactor(),
    logger: { info: note("info"), warn: note("warn"), error: note("error"), debug: note("debug") },
    random: () => 0,
    ...options,
  });
  opened.push(sink);
  return { backend, sink, lines };
}

const FACTS: CerberusFacts = {
  endpoint: "/api/users/",
  method: "POST",
  scheme: false,
  time: Date.UTC(2026, 10, 20, 11, 38, 14, 69),
  address: "192.168.1.1",
  userAgent: "UA/1",
  customData: { items_processed: 2, cache_hit: true },
  status: 201,
  latencyMs: 3.25,
};

describe("a frame", () => {
  it("has the documented members, and nothing in the handshake speaks of the token", async () => {
    const { backend, sink } = await start();
    sink.take({ ...FACTS, userId: "42" });
    expect(await sink.flush(5_000)).toBe(true);
    expect(backend.frames).toEqual([
      {
        api_key: "sk-key",
        client_id: "shop",
        token: "sk-key",
        source_ip: "dde4b5e916e658bdfe3bf7ab8fd6361aa3ef212bccf9fa4f62de60d9c78b838e",
        endpoint: "/api/users/",
        scheme: false,
        method: "POST",
        timestamp: "2026-11-20T11:38:14.069Z",
        custom_data: { items_processed: 2, cache_hit: true },
        user_agent: "UA/1",
        user_id: "42",
        status_code: 201,
        latency_ms: 3.25,
      },
    ]);
    expect(backend.faults).toEqual([]);
    expect(JSON.stringify(backend.handshakes)).not.toContain("sk-key");
    expect(sink.stats()).toMatchObject({ pushed: 1, sent: 1, queued: 0, dropped: {}, circuit: "closed" });
  });

  it.each([
    ["192.168.1.1", "dde4b5e916e658bdfe3bf7ab8fd6361aa3ef212bccf9fa4f62de60d9c78b838e"],
    ["::1", "4e9dbe33ee02f947c9a6e4b5f25ec52ad208c8508672c182281d9a9119f3d557"],
    ["0:0:0:0:0:0:0:1", "4e9dbe33ee02f947c9a6e4b5f25ec52ad208c8508672c182281d9a9119f3d557"],
    ["fe80::1", "51928821f9313ada25d26cd5468f9ebe5e151e505cdcdc62bba0de9afc0ae16e"],
    ["fe80::1%eth0", "51928821f9313ada25d26cd5468f9ebe5e151e505cdcdc62bba0de9afc0ae16e"],
    [undefined, null],
  ])("holds the address %s as the pseudonym %s", async (address, digest) => {
    const { backend, sink } = await start();
    sink.take({ ...FACTS, address });
    await sink.flush(5_000);
    expect(backend.frames[0]?.source_ip).toBe(digest);
  });

  it("holds no address while there is no key", async () => {
    const { backend, sink, lines } = await start({ secretKey: null });
    sink.take(FACTS);
    await sink.flush(5_000);
    expect(backend.frames[0]?.source_ip).toBeNull();
    expect(JSON.stringify(backend.frames)).not.toContain("192.168.1.1");
    expect(lines.filter((line) => line.startsWith("warn"))).toHaveLength(1);
  });

  it("is cleaned, whatever was put into it", async () => {
    const { backend, sink } = await start();
    sink.take({
      ...FACTS,
      endpoint: "/reset/4111111111111111",
      userAgent: "UA password=hunter2",
      customData: { token: "t-secret", nested: { password: "p-secret" } },
      headers: { authorization: "Bearer abc123token", cookie: "sid=c-secret", accept: "*/*" },
      query: { api_key: "q-secret", page: "1", tag: ["a", "b"] },
      body: { username: "alice", password: "hunter2" },
      responseBody: { body_truncated: true, head: '{"access_token":"r-secret"', tail: "x" },
    });
    await sink.flush(5_000);
    const [frame] = backend.frames;
    expect(frame).toMatchObject({
      headers: {
        authorization: "a1bee22471588b1572f3f95d86e5f776871241c2fb2d3f29fc435b8ef2c9b9ef",
        cookie: "[REDACTED]",
        accept: "*/*",
      },
      query_params: { api_key: "[REDACTED]", page: "1", tag: ["a", "b"] },
      body: { username: "alice", password: "[REDACTED]" },
    });
    expect(JSON.stringify(frame)).not.toMatch(/secret|hunter2|4111111111111111|abc123/);
  });

  it("follows the rules of its own", async () => {
    const { backend, sink } = await start({
      rules: [
        { pattern: /MRN-\d+/g, action: "redact", applyTo: "values" },
        { pattern: /^employee/g, action: "hash", applyTo: "keys" },
      ],
    });
    sink.take({ ...FACTS, body: [{ note: "for MRN-123 and MRN-45", employee_no: "192.168.1.1" }] });
    await sink.flush(5_000);
    expect(backend.frames[0]?.body).toEqual([
      {
        note: "for [REDACTED] and [REDACTED]",
        employee_no: "dde4b5e916e658bdfe3bf7ab8fd6361aa3ef212bccf9fa4f62de60d9c78b838e",
      },
    ]);
  });
});

describe("the secret key", () => {
  it("is fetched with the token as X-API-Key", async () => {
    const { backend, sink, lines } = await startWithBackendKey();
    await until(() => lines.includes("debug cerberus: the secret key has arrived"));
    sink.take(FACTS);
    await sink.flush(5_000);
    expect(backend.keyRequests).toEqual([expect.objectContaining({ url: "/api/secret-key", "x-api-key": "sk-key" })]);
    expect(backend.frames[0]?.source_ip).toMatch(/^dde4b5e9/);
  });

  it.each<[string, number, string]>([
    ["a refusal", 401, '{"detail":"missing API key"}'],
    ["no object", 200, '"a text"'],
    ["an empty key", 200, '{"secret_key":""}'],
    ["a page", 200, "<html>"],
    ["a redirect", 302, ""],
  ])("that is answered by %s leaves events without addresses", async (_, status, body) => {
    const { backend, sink, lines } = await startWithBackendKey({ status, body, headers: { location: "/elsewhere" } });
    await until(() => lines.some((line) => line.includes("no secret key")));
    sink.take(FACTS);
    await sink.flush(5_000);
    expect(backend.frames[0]?.source_ip).toBeNull();
    expect(backend.keyRequests).toHaveLength(1);
    expect(lines.join()).not.toContain("sk-key");
  });

  it("is asked for again later, ever more seldom", async () => {
    const clock = createClockStandIn();
    const { backend, lines } = await startWithBackendKey({ status: 503, body: "", headers: {} }, clock);
    for (const waitMs of [60_000, 120_000, 240_000]) {
      await until(() => clock.pending().includes(waitMs));
      if (waitMs === 240_000) backend.keyAnswer = { status: 200, body: '{"secret_key":"k"}' };
      clock.advance(waitMs);
    }
    await until(() => lines.includes("debug cerberus: the secret key has arrived"));
    expect(backend.keyRequests).toHaveLength(4);
    expect(lines.filter((line) => line.startsWith("warn"))).toHaveLength(1);
  });

  async function startWithBackendKey(
    keyAnswer?: { status: number; body: string; headers: Record<string, string> },
    clock = systemClock,
  ) {
    const backend = await startCerberusBackend();
    if (keyAnswer !== undefined) backend.keyAnswer = keyAnswer;
    const rest = await start({ wsUrl: backend.wsUrl, secretKey: null, backendUrl: backend.backendUrl, clock });
    return { ...rest, backend };
  }
});

describe("the wait for one answer", () => {
  it("holds the next frame back until it has come", async () => {
    const { backend, sink } = await start();
    const answers: (() => void)[] = [];
    backend.onFrame = (_event, socket) => answers.push(() => socket.send("ok"));
    for (const endpoint of ["/1", "/2", "/3"]) sink.take({ ...FACTS, endpoint });
    for (let sent = 1; sent <= 3; sent++) {
      await until(() => answers.length === sent);
      expect(backend.frames).toHaveLength(sent);
      answers.at(-1)!();
    }
    expect(await sink.flush(5_000)).toBe(true);
    expect(backend.frames.map(({ endpoint }) => endpoint)).toEqual(["/1", "/2", "/3"]);
    expect(backend.handshakes).toHaveLength(1);
  });

  it("takes no message for an answer that came unasked", async () => {
    const { backend, sink } = await start();
    backend.onConnect = (socket) => socket.send("welcome");
    sink.take(FACTS);
    await sink.flush(5_000);
    sink.take(FACTS);
    expect(await sink.flush(5_000)).toBe(true);
    expect(backend.frames).toHaveLength(2);
  });

  it("ends after 5 s: the event is given up, and a new connection keeps a late answer from counting for the next", async () => {
    const clock = createClockStandIn();
    const { backend, sink } = await start({ clock });
    backend.onFrame = () => undefined;
    sink.take({ ...FACTS, endpoint: "/1" });
    sink.take({ ...FACTS, endpoint: "/2" });
    await until(() => backend.frames.length === 1);
    expect(clock.pending()).toContain(5_000);
    backend.onFrame = (_event, socket) => socket.send("ok");
    clock.advance(5_000);
    await until(() => clock.pending().length > 0);
    clock.advance(1_000);
    await until(() => sink.stats().sent === 1);
    expect(backend.frames.map(({ endpoint }) => endpoint)).toEqual(["/1", "/2"]);
    expect(backend.handshakes).toHaveLength(2);
    expect(sink.stats().dropped).toEqual({ sink_failed: 1 });
  });

  it.each([
    ['{"status":"error","error":"invalid_api_key"}', "unauthorized"],
    ['{"status":"error","error":"bad frame"}', "rejected"],
    ['{"status":"error"}', "rejected"],
  ])("counts the answer %s as %s", async (answer, reason) => {
    const { backend, sink, lines } = await start();
    backend.onFrame = (_event, socket) => socket.send(answer);
    sink.take(FACTS);
    sink.take(FACTS);
    await sink.flush(5_000);
    expect(sink.stats()).toMatchObject({ sent: 0, dropped: { [reason]: 2 } });
    expect(lines.filter((line) => line.includes("refuses events"))).toHaveLength(1);
  });
});

describe("trouble on the line", () => {
  it("sends an event again that was cut off, once", async () => {
    const clock = createClockStandIn();
    const { backend, sink } = await start({ clock });
    let cuts = 0;
    backend.onFrame = (_event, socket) => (cuts++ === 0 ? socket.close(1008) : socket.send("ok"));
    sink.take(FACTS);
    await until(() => clock.pending().includes(500));
    clock.advance(500);
    await until(() => sink.stats().sent === 1);
    expect(backend.frames).toHaveLength(2);
    expect(sink.stats()).toMatchObject({ dropped: {}, circuit: "closed" });
  });

  it("gives an event up that is cut off twice", async () => {
    const clock = createClockStandIn();
    const { backend, sink } = await start({ clock });
    backend.onFrame = (_event, socket) => socket.close(1008);
    sink.take(FACTS);
    await until(() => clock.pending().includes(500));
    clock.advance(500);
    await until(() => sink.stats().queued === 0);
    expect(sink.stats()).toMatchObject({ sent: 0, dropped: { sink_failed: 1 } });
  });

  it("loses no event to a connection that was closed while idle", async () => {
    const { backend, sink, lines } = await start();
    backend.onFrame = (_event, socket) => socket.send("ok", () => socket.close(1001));
    sink.take(FACTS);
    await sink.flush(5_000);
    await until(() => lines.some((line) => line.includes("has ended")));
    sink.take(FACTS);
    await until(() => sink.stats().sent === 2);
    expect(sink.stats().dropped).toEqual({});
  });

  it("keeps the newest 10,000 while the backend is away, waits ever longer, and warns once", async () => {
    const clock = createClockStandIn();
    const { sink, lines } = await start({ clock, wsUrl: "ws://127.0.0.1:9/ws/events" });
    for (let index = 0; index < 10_005; index++) sink.take(FACTS);
    for (const delay of [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
      await until(() => clock.pending().includes(delay));
      clock.advance(delay);
    }
    expect(sink.stats()).toMatchObject({ queued: 10_001, sent: 0, dropped: { queue_full: 4 }, circuit: "half-open" });
    expect(lines.filter((line) => line.startsWith("warn"))).toHaveLength(2);
  });

  it("keeps no more bytes than it may", async () => {
    const { sink } = await start({ wsUrl: "ws://127.0.0.1:9/", clock: createClockStandIn() });
    const body = { text: "x".repeat(900_000) };
    for (let index = 0; index < 30; index++) sink.take({ ...FACTS, body });
    expect(sink.stats().queuedBytes).toBeLessThanOrEqual(16_777_216 + 1_048_576);
    sink.take({ ...FACTS, body: "y".repeat(1_100_000) });
    expect(sink.stats().dropped).toMatchObject({ event_too_large: 1, queue_bytes_full: expect.any(Number) as number });
  });

  it("flushes until the deadline, and counts what is left at the end", async () => {
    const clock = createClockStandIn();
    const { sink } = await start({ clock, wsUrl: "ws://127.0.0.1:9/" });
    sink.take(FACTS);
    const flushed = sink.flush(2_000);
    clock.advance(2_000);
    expect(await flushed).toBe(false);
    const closing = sink.close(100);
    clock.advance(100);
    await closing;
    sink.take(FACTS);
    expect(sink.stats()).toMatchObject({ queued: 0, dropped: { shutdown_deadline: 2 } });
  });
});

describe("what is said", () => {
  it.each([
    ["token", { token: null }],
    ["clientId", { clientId: null }],
  ])("warns once when there is no %s, and drops", async (_, options) => {
    const { backend, sink, lines } = await start(options);
    sink.take(FACTS);
    sink.take(FACTS);
    expect(sink.stats().dropped).toEqual({ not_configured: 2 });
    expect(lines).toHaveLength(1);
    expect(backend.handshakes).toEqual([]);
  });

  it("tells in debug mode of connections, queued and sent events, never of values", async () => {
    const { sink, lines } = await start();
    sink.take({ ...FACTS, customData: { name: "a-value" } });
    await sink.flush(5_000);
    expect(lines.join("\n")).toMatch(/queued POST[^]*connected to[^]*sent/);
    expect(lines.join("\n")).not.toMatch(/sk-key|parity|a-value|192\.168|users/);
  });

  it("survives what cannot be written", async () => {
    const { sink } = await start();
    const loop: Record<string, never> = {};
    Object.assign(loop, { loop });
    sink.take({ ...FACTS, customData: { big: 1n as never } });
    expect(sink.stats().dropped).toEqual({ serialisation_failed: 1 });
  });
});
