import type { Decoder } from "../../model/decoder.ts";
import { FAKE_NOW } from "../fake-intake.ts";
import { fuzzDecoder } from "../fuzz-decoder.ts";
import { createSentryDecoders } from "./create-sentry-decoders.ts";
import { type Item, makeEnvelope, makeEvent, makeTransaction } from "./testing/envelopes.ts";

const envelopes = createSentryDecoders()["sentryEnvelope"]!;

/** Reads an object of items by their types as the envelope of these; anything else as it comes. */
const items: Decoder = {
  name: "sentry-items",
  decode(bytes, context) {
    let value: unknown;
    try {
      value = JSON.parse(Buffer.from(bytes).toString());
    } catch {
      value = undefined;
    }
    if (typeof value !== "object" || value === null) return envelopes.decode(bytes, context);
    const list = Object.entries(value).map(([type, payload]): Item => [type, payload]);
    return envelopes.decode(makeEnvelope({ event_id: "5b3c0f8e2a7d4c6b9e1f0a2d4c6b8e0f" }, list), context);
  },
};

const started = new Date(FAKE_NOW).toISOString();
const container = { timestamp: FAKE_NOW / 1000, trace_id: "1".repeat(32) };
const attributes = { "sentry.release": { value: "1", type: "string" }, plan: { value: 7, type: "integer" } };
const reports = {
  check_in: {
    check_in_id: "a".repeat(32),
    monitor_slug: "nightly",
    status: "ok",
    duration: 1.5,
    environment: "live",
    release: "1",
    monitor_config: {
      schedule: { type: "interval", value: 5, unit: "minute" },
      checkin_margin: 5,
      max_runtime: 10,
      failure_issue_threshold: 2,
      recovery_threshold: 1,
      timezone: "Europe/Berlin",
    },
  },
  session: { sid: "s", did: "ada", init: true, status: "ok", errors: 1, started, duration: 3, attrs: { release: "1" } },
  sessions: { aggregates: [{ started, exited: 5, errored: 1 }], attrs: { release: "1", environment: "live" } },
  user_report: { event_id: "b".repeat(32), name: "Ada", email: "ada@example.org", comments: "it broke" },
  feedback: {
    contexts: { feedback: { message: "slow", contact_email: "a@b.c", associated_event_id: "c".repeat(32) } },
  },
  client_report: { discarded_events: [{ reason: "sample_rate", category: "transaction", quantity: 2 }] },
};
const telemetry = {
  // Once its name is garbled, a secret is none any more.
  transaction: {
    ...makeTransaction(FAKE_NOW),
    request: { url: "https://shop.example/orders/7?page=2", method: "POST" },
  },
  log: { items: [{ ...container, level: "warn", body: "order 7", attributes }] },
  trace_metric: { items: [{ ...container, name: "queue", type: "gauge", value: 3, unit: "job", attributes }] },
  span: {
    items: [{ ...container, name: "chat", span_id: "2".repeat(16), start_timestamp: FAKE_NOW / 1000 - 1, attributes }],
  },
};

fuzzDecoder({ name: "Sentry, reports of clients", decoder: items, sample: reports, maxGrowth: 16 });
fuzzDecoder({ name: "Sentry, telemetry", decoder: items, sample: telemetry, maxGrowth: 16 });
fuzzDecoder({ name: "Sentry, an event", decoder: items, sample: { event: makeEvent(FAKE_NOW) }, maxGrowth: 16 });
