import { describe, expect, it, vi } from "vitest";
import {
  DetectAuthenticationError,
  type DetectError,
  DetectNetworkError,
  DetectRateLimitError,
  DetectValidationError,
  gatewatchDetect,
  type GatewatchDetectOptions,
} from "./detect.ts";
import { coerceNumerals } from "./coerce-numerals.ts";
import { startDetectionServer } from "./detection-server-stand-in.ts";

async function start(options: Partial<GatewatchDetectOptions> = {}) {
  const server = await startDetectionServer();
  const client = gatewatchDetect({ baseUrl: server.url, apiKey: "dlk_test.secret", retryDelayMs: 0, ...options });
  return { server, client };
}

const ODD = { type: "payment", body: { odd: true, amount: "120.50" } };

describe("detect()", () => {
  it("sends the documented shape with the key, and brings metrics in one way of writing", async () => {
    const { server, client } = await start();
    const result = await client.detect("payments", [{ type: "payment", body: { amount: "9" } }, ODD]);
    expect(server.calls).toHaveLength(1);
    expect(server.calls[0]).toMatchObject({
      method: "POST",
      path: "/v1/detect",
      headers: { "x-api-key": "dlk_test.secret", "content-type": "application/json" },
      body: { stream_id: "payments", events: [{ body: { amount: 9 } }, { body: { amount: 120.5 } }] },
    });
    expect(result).toMatchObject({ status: "ready", anomaly_count: 1, total_events: 2 });
    expect(result.anomalies[0]).toMatchObject({
      index: 1,
      why: "odd",
      metrics: { ncd: 0.9, p_value: 0.001, confidence_level: 0.99, confidence: 0.99 },
    });
  });

  it("gives an empty list while the stream is calibrating, even when the server says null", async () => {
    const { server, client } = await start();
    server.isCalibrating = true;
    expect(await client.detect("payments", [ODD])).toMatchObject({ status: "calibrating", anomalies: [] });
  });

  it.each<[string, Parameters<typeof gatewatchDetect>[0]["apiKey"], unknown[], typeof DetectError, object]>([
    [
      "a wrong key",
      "dlk_no",
      [ODD],
      DetectAuthenticationError,
      { code: "unauthorized", status: 401, requestId: "r-1" },
    ],
    ["no events", "dlk_test.secret", [], DetectValidationError, { code: "invalid_argument", status: 400 }],
    ["an empty event", "dlk_test.secret", [null], DetectValidationError, { code: "invalid_argument" }],
    [
      "too many",
      "dlk_test.secret",
      Array.from({ length: 1001 }, () => ODD),
      DetectValidationError,
      { message: /max 1000/ },
    ],
  ])("rejects with a typed error for %s, without another attempt", async (_, apiKey, events, type, facts) => {
    const { server, client } = await start({ apiKey: apiKey! });
    const failure = await client.detect("s", events as object[] as never).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(type);
    const { message, ...rest } = { message: /./, ...facts };
    expect(failure).toMatchObject(rest);
    expect((failure as Error).message).toMatch(message);
    expect(server.calls).toHaveLength(1);
  });

  it.each([429, 500, 502, 503, 504])("tries again after %d, and says the same id each time", async (status) => {
    const { server, client } = await start();
    server.staged = [{ status }, { status }, { status }];
    expect(await client.detect("s", [ODD])).toMatchObject({ anomaly_count: 1 });
    expect(new Set(server.calls.map(({ headers }) => headers["x-request-id"])).size).toBe(1);
    expect(server.calls).toHaveLength(4);
  });

  it("gives up after the retries", async () => {
    const { server, client } = await start({ maxRetries: 1 });
    server.staged = [
      { status: 200, cut: true },
      { status: 200, cut: true },
    ];
    await expect(client.detect("s", [ODD])).rejects.toMatchObject({ code: "network", name: "DetectNetworkError" });
    expect(server.calls).toHaveLength(2);
  });

  it("waits as Retry-After says", async () => {
    const { server, client } = await start({ retryDelayMs: 3_600_000, maxRetryDelayMs: 3_600_000 });
    server.staged = [{ status: 429, headers: { "retry-after": "0" } }];
    expect(await client.detect("s", [ODD])).toMatchObject({ anomaly_count: 1 });
  });

  it("does not wait for a Retry-After that is too long", async () => {
    const { server, client } = await start();
    server.staged = [
      { status: 429, headers: { "retry-after": "31" }, body: { error: { code: "rate_limit_exceeded" } } },
    ];
    const failure = await client.detect("s", [ODD]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DetectRateLimitError);
    expect(failure).toMatchObject({ retryAfter: 31, code: "rate_limit_exceeded" });
    expect(server.calls).toHaveLength(1);
  });

  it("takes the seconds from the body when there is no header", async () => {
    const { server, client } = await start({ maxRetries: 0 });
    server.staged = [{ status: 429, body: { error: { code: "rate_limit_exceeded", retry_after_seconds: 60 } } }];
    await expect(client.detect("s", [ODD])).rejects.toMatchObject({ retryAfter: 60 });
  });

  it("ends an attempt when its time is over", async () => {
    const { server, client } = await start({ timeoutMs: 20, maxRetries: 0 });
    server.staged = [{ status: 200, stall: true }];
    const failure = await client.detect("s", [ODD]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DetectNetworkError);
    expect(failure).toMatchObject({ code: "timeout" });
  });

  it.each<[string, object, string]>([
    ["a page", { status: 200, body: "<html>" }, "invalid_answer"],
    ["a redirect", { status: 302, headers: { location: "http://elsewhere.test/" } }, "invalid_answer"],
    ["a refusal in another shape", { status: 412, body: { error: "stream_not_calibrated" } }, "stream_not_calibrated"],
  ])("rejects %s", async (_, staged, code) => {
    const { server, client } = await start();
    server.staged = [staged as never];
    await expect(client.detect("s", [ODD])).rejects.toMatchObject({ code });
    expect(server.calls).toHaveLength(1);
  });

  it("reads no answer without an end", async () => {
    const { server, client } = await start();
    server.staged.push({ status: 200, body: "x".repeat(17 * 1024 * 1024) });
    await expect(client.detect("payments", [ODD])).rejects.toMatchObject({ code: "invalid_answer", status: 200 });
    expect(server.calls).toHaveLength(1);
  });

  it("rejects what cannot be written as JSON", async () => {
    const { client } = await start({ coerceNumbers: false });
    await expect(client.detect("s", [{ n: 1n }])).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("with a token of a Gatewatch server", () => {
  const finding = { field: "body.amount", message: "far too much", expected: "1 to 9", seen: "120.5", surprise: 4 };

  function answerWith(answer: unknown) {
    const calls: { url: string; init: RequestInit | undefined }[] = [];
    const client = gatewatchDetect({
      baseUrl: "https://watch.test/base",
      apiKey: "gatewatch_in_x",
      async fetch(url, init) {
        calls.push({ url: String(url), init });
        return Response.json(answer);
      },
    });
    return { calls, client };
  }

  it("asks by the server's own call, and says what the server says", async () => {
    const anomaly = { index: 0, pValue: 0.00002, score: 9, block: true, why: "far too much", findings: [finding] };
    const { calls, client } = answerWith({ stream: "payments", status: "ready", level: 0.001, anomalies: [anomaly] });
    const result = await client.detect("payments", [ODD]);
    expect(calls[0]?.url).toBe("https://watch.test/base/api/detect");
    expect(calls[0]?.init?.headers).toMatchObject({ authorization: "Bearer gatewatch_in_x" });
    expect(calls[0]?.init?.headers).not.toHaveProperty("x-api-key");
    const sent = { type: "payment", body: { odd: true, amount: 120.5 } };
    expect(JSON.parse(String(calls[0]?.init?.body))).toEqual({ stream: "payments", events: [sent] });
    expect(result).toMatchObject({ status: "ready", anomaly_count: 1, total_events: 1 });
    const wanted = { index: 0, why: "far too much", metrics: { p_value: 0.00002 }, block: true, findings: [finding] };
    expect(result.anomalies).toEqual([{ ...wanted, event: sent }]);
  });

  it.each([{ status: "calibrating", anomalies: [{ index: 0 }] }, { anomalies: "many" }, [], null, 7])(
    "makes nothing of %j",
    async (answer) => {
      const result = await answerWith(answer).client.detect("payments", [ODD]);
      expect(result).toMatchObject({ status: "calibrating", anomalies: [] });
    },
  );

  it("refuses nothing for an anomaly that says nothing", async () => {
    const { client } = answerWith({ status: "ready", anomalies: [{}, null] });
    const { anomalies } = await client.detect("payments", [ODD]);
    expect(anomalies).toEqual([{ index: -1, why: "", metrics: {}, block: false, findings: [], event: undefined }]);
  });
});

describe("check()", () => {
  it("judges one event", async () => {
    const { client } = await start();
    expect((await client.check("s", ODD)).anomalies).toHaveLength(1);
  });

  it.each<[string, object]>([
    ["never answers", { status: 200, stall: true }],
    ["fails", { status: 500 }],
    ["cuts the connection", { status: 200, cut: true }],
    ["refuses the key", { status: 401 }],
  ])("goes on without anomalies when the server %s", async (_, staged) => {
    const { server, client } = await start();
    server.staged = [staged as never];
    expect(await client.check("s", ODD, 30)).toMatchObject({ status: "unavailable", anomalies: [] });
    expect(server.calls).toHaveLength(1);
  });
});

describe("createStream()", () => {
  it("sends batches, and tells of batches and anomalies", async () => {
    const { server, client } = await start();
    const onBatch = vi.fn<() => void>();
    const onAnomaly = vi.fn<() => void>();
    const stream = client.createStream({ streamId: "s", batchSize: 2, flushInterval: 3_600_000 });
    stream.on("batch", onBatch).on("anomaly", onAnomaly);
    stream.on("batch", () => {
      throw new Error("a listener's own");
    });
    for (const event of [ODD, {}, ODD]) expect(stream.push(event)).toBe(true);
    await stream.close();
    expect(server.calls.map(({ body }) => (body as { events: [] }).events.length)).toEqual([2, 1]);
    expect([onBatch.mock.calls.length, onAnomaly.mock.calls.length]).toEqual([2, 2]);
    expect(stream.push({})).toBe(false);
    expect(stream.stats()).toEqual({ waiting: 0, sent: 3, dropped: 0 });
  });

  it.each([
    [{}, 5_000],
    [{ batchDelayMs: 70 }, 70],
    [{ flushInterval: 80 }, 80],
    [{ flushInterval: 80, batchDelayMs: 70 }, 70],
  ])("with %j waits for company as long as it is told", async (options, waitMs) => {
    vi.useFakeTimers();
    try {
      const send = vi.fn<typeof fetch>(() => Promise.resolve(Response.json({ anomalies: [] })));
      const client = gatewatchDetect({ baseUrl: "http://127.0.0.1:9", fetch: send });
      client.createStream({ streamId: "s", ...options }).push(ODD);
      vi.advanceTimersByTime(waitMs - 1);
      expect(send).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      await vi.waitFor(() => expect(send).toHaveBeenCalledOnce());
    } finally {
      vi.useRealTimers();
    }
  });

  it("tells of errors and drops what was given up", async () => {
    const { server, client } = await start({ maxRetries: 0 });
    server.staged = [{ status: 500 }];
    const onError = vi.fn<() => void>();
    const stream = client.createStream({ streamId: "s" }).on("error", onError);
    stream.push(ODD);
    await stream.flush();
    expect(onError).toHaveBeenCalledOnce();
    expect(stream.stats()).toEqual({ waiting: 0, sent: 0, dropped: 1 });
  });

  it("keeps the newest when too many wait", () => {
    const client = gatewatchDetect({ baseUrl: "http://127.0.0.1:9", fetch: () => new Promise(() => undefined) });
    const stream = client.createStream({ streamId: "s", batchSize: 1000, maxQueueEvents: 2 });
    for (let index = 0; index < 5; index++) stream.push({ index });
    expect(stream.stats()).toEqual({ waiting: 2, sent: 0, dropped: 3 });
  });
});

describe("monitor()", () => {
  it("leaves results, errors and `this` alone, and sends one event a call", async () => {
    const { server, client } = await start();
    const options = { streamId: "jobs", name: "job" };
    const double = client.monitor(function (this: { by: number }, n: number) {
      return n * this.by;
    }, options);
    const wait = client.monitor(async (n: number) => Promise.resolve(n), options);
    const fail = client.monitor(() => {
      throw new RangeError("no");
    }, options);
    const reject = client.monitor(() => Promise.reject(new TypeError("later")), options);
    expect(double.call({ by: 2 }, 4)).toBe(8);
    expect(await wait(3)).toBe(3);
    expect(() => fail()).toThrow(RangeError);
    await expect(reject()).rejects.toThrow("later");
    await client.close();
    const { events } = server.calls[0]!.body as { events: { body: { name: string; error: string | null } }[] };
    expect(events.map(({ body }) => [body.name, body.error])).toEqual([
      ["job", null],
      ["job", null],
      ["job", "RangeError"],
      ["job", "TypeError"],
    ]);
  });
});

describe("wrapOpenAI()", () => {
  class Completions {
    #key = "private";
    create(request: { model: string; messages: unknown[] }) {
      if (this.#key === "") throw new Error("wrong this");
      const answer = { choices: [{ message: "yes" }], usage: { prompt_tokens: 3, completion_tokens: 5 }, request };
      return Object.assign(Promise.resolve(answer), { withResponse: () => "own method" });
    }
  }
  const openai = () => ({ chat: { completions: new Completions() }, models: { list: () => ["m"] } });

  it("gives the client's own promise, and sends an event without the texts", async () => {
    const { server, client } = await start();
    const wrapped = client.wrapOpenAI(openai(), { streamId: "llm" });
    const answering = wrapped.chat.completions.create({ model: "m", messages: ["a secret"] });
    expect(answering.withResponse()).toBe("own method");
    expect(await answering).toMatchObject({ usage: { prompt_tokens: 3 } });
    expect(wrapped.models.list()).toEqual(["m"]);
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    const { events } = server.calls[0]!.body as { events: { body: object }[] };
    expect(events[0]!.body).toMatchObject({
      provider: "openai",
      operation: "chat.completions.create",
      model: "m",
      input_tokens: 3,
      output_tokens: 5,
      ok: true,
    });
    expect(JSON.stringify(events)).not.toContain("a secret");
  });

  it("sends texts when told", async () => {
    const { server, client } = await start();
    const wrapped = client.wrapOpenAI(openai(), { streamId: "llm", includeData: true });
    await wrapped.chat.completions.create({ model: "m", messages: ["a question"] });
    await vi.waitFor(() => expect(JSON.stringify(server.calls)).toContain("a question"));
  });

  it("rejects an anomalous call when told, and tells of it", async () => {
    const { server, client } = await start();
    server.staged = [{ status: 200, body: { anomalies: [{ index: 0, why: "too long", metrics: {} }] } }];
    const onAnomaly = vi.fn<() => void>();
    const wrapped = client.wrapOpenAI(openai(), { streamId: "llm", throwOnAnomaly: true, onAnomaly });
    await expect(wrapped.chat.completions.create({ model: "m", messages: [] })).rejects.toMatchObject({
      code: "anomaly",
    });
    expect(onAnomaly).toHaveBeenCalledOnce();
  });

  it("gives the model's answer whatever a listener or a prompt does", async () => {
    const { client } = await start();
    const onAnomaly = (): never => {
      throw new Error("mine");
    };
    const wrapped = client.wrapOpenAI(openai(), {
      streamId: "llm",
      throwOnAnomaly: true,
      includeData: true,
      onAnomaly,
    });
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    const request = { model: "m", messages: [cyclic] } as never;
    await expect(wrapped.chat.completions.create(request)).resolves.toBeDefined();
  });

  it("goes on when the server is away", async () => {
    const { server, client } = await start();
    server.staged = [{ status: 200, cut: true }];
    const wrapped = client.wrapOpenAI(openai(), { streamId: "llm", throwOnAnomaly: true });
    expect(await wrapped.chat.completions.create({ model: "m", messages: [] })).toHaveProperty("choices");
  });
});

describe("the other calls", () => {
  it("use the documented methods and paths", async () => {
    const { server, client } = await start();
    const { anomalies, streams } = client;
    expect(await anomalies.list({ limit: 5, stream_id: "s", min_ncd: 0.2 })).toMatchObject({ anomalies: [] });
    await anomalies.get("a/b");
    await anomalies.feedback("a1", "confirmed", "seen it");
    await anomalies.export("a1");
    await anomalies.exportMany({ status: "open" }, "html");
    await streams.list();
    await streams.create({ slug: "s" });
    await streams.get("s");
    await streams.profile("s");
    await streams.updateProfile("s", { profile: "strict" });
    await streams.tuning("s");
    await streams.anchor("s");
    await streams.anchorDetails("s");
    await streams.resetAnchor("s", [{}]);
    await streams.deleteAnchor("s");
    await streams.profiles();
    await client.version();
    await client.ready();
    expect(await client.health()).toMatchObject({ ok: false });
    expect(server.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /v1/anomalies?limit=5&stream_id=s&min_ncd=0.2",
      "GET /v1/anomalies/a%2Fb",
      "POST /v1/anomalies/a1/feedback",
      "POST /v1/anomalies/a1/export",
      "POST /v1/anomalies/export",
      "GET /v1/streams",
      "POST /v1/streams",
      "GET /v1/streams/s",
      "GET /v1/streams/s/profile",
      "PATCH /v1/streams/s/profile",
      "GET /v1/streams/s/tuning",
      "GET /v1/streams/s/anchor",
      "GET /v1/streams/s/anchor/details",
      "POST /v1/streams/s/reset-anchor",
      "DELETE /v1/streams/s/anchor",
      "GET /v1/profiles",
      "GET /v1/version",
      "GET /readyz",
      "GET /healthz",
    ]);
    expect(server.calls[2]!.body).toEqual({ feedback_type: "confirmed", reason: "seen it" });
  });

  it.each([undefined, "", "ws://x", "not an address"])("refuses the address %j", (baseUrl) => {
    expect(() => gatewatchDetect({ baseUrl: baseUrl as string })).toThrow(/baseUrl is/);
  });
});

it.each<[unknown, unknown]>([
  ["120.50", 120.5],
  ["-3", -3],
  ["0", 0],
  ["0.5", 0.5],
  ["007", "007"],
  ["1e5", "1e5"],
  ["", ""],
  [" 1", " 1"],
  ["0x10", "0x10"],
  ["12345678901234567890", "12345678901234567890"],
  ["1,5", "1,5"],
  [
    ["1", { a: "2" }],
    [1, { a: 2 }],
  ],
  [null, null],
  [true, true],
])("coerceNumerals(%j) is %j", (given, wanted) => expect(coerceNumerals(given)).toEqual(wanted));

it("coerceNumerals() ends for values that hold each other", () => {
  const knot: unknown[] = ["1"];
  for (let index = 0; index < 50; index++) knot.push(knot);
  expect((coerceNumerals(knot) as unknown[])[0]).toBe(1);
});
