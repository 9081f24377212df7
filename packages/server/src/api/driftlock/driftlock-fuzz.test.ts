import assert from "node:assert/strict";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiError } from "../../model/api-error.ts";
import { parseLenientJson } from "../../model/parse-lenient-json.ts";
import { isFields, parseDetectOrder } from "./detect-order.ts";
import { DEMO_PATH, DRIFTLOCK_ROUTES } from "./driftlock-routes.ts";
import { NORMAL, ODD, startDriftlockStandIn, type DriftlockStandIn } from "./testing/driftlock-stand-in.ts";

/** `FUZZ_CASES=100000` is the long run; a request costs as much as fifty orders. */
const CASES = Number(process.env["FUZZ_CASES"] ?? 1_500);
const REQUESTS = Math.ceil(CASES / 10);
const TIMEOUT_MS = 60_000 + CASES * 20;

const nasty = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(
    null,
    -1,
    0,
    0.5,
    1e308,
    2 ** 53 + 2,
    "",
    "\u0000",
    "\ud800",
    "9".repeat(30),
    "x".repeat(20_000),
  ),
  fc.constantFrom<unknown>([null], {}, { constructor: 1, toString: 2 }, JSON.parse('{"__proto__":{"polluted":1}}')),
);
const maybe = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.oneof({ weight: 3, arbitrary: value }, nasty);

const events = maybe(fc.array(fc.oneof(fc.constantFrom<unknown>(...NORMAL, ODD), nasty), { maxLength: 8 }));
const order = fc.record(
  {
    events,
    stream_id: maybe(fc.constantFrom("shop", "other", "")),
    profile: maybe(fc.constantFrom("strict", "balanced")),
    config_override: maybe(
      fc.record(
        {
          p_value_threshold: maybe(fc.double({ min: 0, max: 1, noNaN: true })),
          ncd_threshold: maybe(fc.double({ min: 0, max: 1, noNaN: true })),
          baseline_size: maybe(fc.integer({ min: 10, max: 900 })),
          window_size: maybe(fc.integer({ min: 1, max: 60 })),
          hop_size: maybe(fc.integer({ min: 1, max: 10 })),
          permutation_count: maybe(fc.integer({ min: 1, max: 1000 })),
          compressor: maybe(fc.constantFrom("gzip", "lz4", "zlab", "ZSTD")),
        },
        { requiredKeys: [] },
      ),
    ),
    request_id: maybe(fc.constantFrom("r1", "r2")),
    feedback_type: maybe(fc.constantFrom("confirmed", "dismissed", "false_positive")),
    reason: nasty,
    format: maybe(fc.constantFrom("json", "markdown", "html", "pdf")),
    filters: maybe(fc.dictionary(fc.constantFrom("stream_id", "limit", "min_ncd", "status", "since"), nasty)),
    delivery: nasty,
    slug: maybe(fc.constantFrom("made", "shop")),
    detection_profile: maybe(fc.constantFrom("strict")),
    auto_tune_enabled: maybe(fc.boolean()),
    force_reset: maybe(fc.boolean()),
  },
  { requiredKeys: [] },
);

/** As text, at times cut short. */
const bodies = fc
  .tuple(
    fc.oneof({ weight: 6, arbitrary: order as fc.Arbitrary<unknown> }, nasty),
    fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
  )
  .map(([value, share]) => {
    const text = JSON.stringify(value);
    return text.slice(0, Math.ceil(text.length * share));
  });

describe("hostile orders", () => {
  it(
    "are refused with a typed error, or come out bounded",
    () => {
      let taken = 0;
      fc.assert(
        fc.property(bodies, (text) => {
          let body: unknown;
          try {
            body = parseLenientJson(text);
          } catch (error) {
            assert.ok(error instanceof SyntaxError);
            return;
          }
          if (!isFields(body)) return;
          try {
            const parsed = parseDetectOrder(body, text.length);
            taken++;
            assert.ok(parsed.events.length >= 1 && parsed.events.length <= 1_000);
            assert.equal(parsed.keys.length, parsed.events.length);
            assert.ok(parsed.events.every((event) => isFields(event)));
            assert.ok((parsed.overrides.p_value_threshold ?? 1) > 0);
          } catch (error) {
            assert.ok(error instanceof ApiError && error.code === "invalid_request", String(error));
          }
        }),
        { numRuns: CASES },
      );
      expect(taken).toBeGreaterThan(CASES / 50);
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    },
    TIMEOUT_MS,
  );
});

describe("hostile requests", () => {
  let api: DriftlockStandIn;
  let key: string;
  beforeAll(async () => {
    api = await startDriftlockStandIn();
    key = await api.makeKey("admin");
    await api.ask(key, "POST", "/v1/detect", { stream_id: "shop", events: [...NORMAL, ODD] });
    await api.watch.turn();
  });
  afterAll(() => api.close());

  const hostileText = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.constantFrom("shop", "%00", "..%2f..", "a".repeat(400), "00000000-0000-8000-8000-000000000000", "💥"),
  );
  const requests = fc.record({
    route: fc.constantFrom(...DRIFTLOCK_ROUTES, { method: "POST", path: DEMO_PATH } as const),
    prefix: fc.constantFrom("", "/api"),
    id: hostileText,
    query: fc.dictionary(
      fc.constantFrom(
        "limit",
        "offset",
        "page_token",
        "stream_id",
        "min_ncd",
        "max_p_value",
        "status",
        "since",
        "until",
        "has_evidence",
      ),
      fc.oneof(hostileText, fc.constantFrom("1", "0.5", "new", "true", "2026-06-15T12:00:00Z")),
    ),
    requestId: fc.oneof({ weight: 2, arbitrary: fc.constant("r-1") }, fc.constantFrom("", "a b", "x".repeat(500))),
    body: bodies,
  });

  it(
    "are answered in this language's shape, never by a failure of ours",
    async () => {
      const statuses = new Set<number>();
      await fc.assert(
        fc.asyncProperty(requests, async ({ route, prefix, id, query, requestId, body }) => {
          // The rate is not what is tried here.
          api.time.now += 100;
          const path = prefix + route.path.replace(":id", encodeURIComponent(id.toWellFormed()) || "x");
          const search = new URLSearchParams(query).toString();
          const answer = await api.app.inject({
            method: route.method,
            url: `${path}?${search}`,
            headers: { "x-api-key": key, "x-request-id": requestId },
            ...(route.method === "GET" ? {} : { payload: body }),
          });
          statuses.add(answer.statusCode);
          assert.ok(
            answer.statusCode < 500,
            `${answer.statusCode} ${answer.body} for ${path}?${search} ${body.slice(0, 300)}`,
          );
          const told = answer.json<{ request_id?: unknown; error?: { code?: unknown; request_id?: unknown } }>();
          assert.equal(typeof (told.request_id ?? told.error?.request_id), "string", answer.body.slice(0, 300));
          assert.equal(answer.headers["x-request-id"], told.request_id ?? told.error?.request_id);
        }),
        { numRuns: REQUESTS },
      );
      expect(api.logged).toEqual([]);
      expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 404]));
      expect((await api.store.anomalies.listStreams(1, "event")).length).toBeLessThanOrEqual(100);
    },
    TIMEOUT_MS,
  );
});
