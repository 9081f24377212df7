import type { PlantedSecret } from "@gatewatch/protocol/redact/secret-corpus";
import type { DecoderCase, DecoderProof } from "../../decoder-contract.ts";
import { FAKE_NOW } from "../../fake-intake.ts";
import { createSentryDecoders } from "../create-sentry-decoders.ts";
import { makeEnvelope, makeEvent } from "./envelopes.ts";

const ID = "5b3c0f8e2a7d4c6b9e1f0a2d4c6b8e0f";
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** A secret where apps under these clients have it. */
function plant(secret: PlantedSecret): object {
  const event = makeEvent(FAKE_NOW);
  switch (secret.place) {
    case "header":
    case "cookie":
      return { ...event, request: { url: "https://shop.example/a", headers: [[secret.name, secret.value]] } };
    case "query":
      return { ...event, request: { url: "/a", query_string: [[secret.name, secret.value]] } };
    case "body":
      return { ...event, request: { url: "/a", data: JSON.stringify(secret.body) }, extra: secret.body };
    case "message":
      return { ...event, exception: { values: [{ type: "Error", value: secret.text }] }, tags: { note: secret.text } };
    case "source":
      return {
        ...event,
        exception: {
          values: [
            {
              type: "E",
              value: "",
              stacktrace: { frames: [{ filename: "a.py", context_line: secret.text, vars: { secret } }] },
            },
          ],
        },
      };
    case "breadcrumb":
      return { ...event, breadcrumbs: [{ message: secret.message, category: "app", data: secret.data }] };
    default:
      return secret satisfies never;
  }
}

const ENVELOPE: DecoderCase = {
  name: "Sentry, envelope",
  create: (redaction) => createSentryDecoders(redaction)["sentryEnvelope"]!,
  makeBody: (timeMs) => makeEnvelope({ event_id: ID }, [["event", makeEvent(timeMs)]]),
  events: 1,
  idempotent: true,
  hasTimes: false,
  unreadable: {
    nothing: Buffer.alloc(0),
    "a list": Buffer.from("[]\n"),
    "a header that is cut": Buffer.from('{"event_id"'),
    "an item without a type": Buffer.from("{}\n{}\n{}"),
    "a length beyond the end": Buffer.from('{}\n{"type":"event","length":1000000000}\n{}'),
    "a length below the payload": Buffer.from('{}\n{"type":"event","length":1}\n{}'),
    "a negative length": Buffer.from('{}\n{"type":"event","length":-1}\n{}'),
    "an event that is no object": Buffer.from('{}\n{"type":"event"}\n[]'),
    "two events": makeEnvelope({}, [
      ["event", makeEvent(FAKE_NOW)],
      ["event", makeEvent(FAKE_NOW)],
    ]),
    "a doubled frame": Buffer.concat([
      makeEnvelope({}, [["event", makeEvent(FAKE_NOW)]]),
      Buffer.from("\n"),
      makeEnvelope({}, [["event", makeEvent(FAKE_NOW)]]),
    ]),
  },
  plant: (secret) => makeEnvelope({ event_id: ID }, [["event", plant(secret)]]),
  plantNamed: (name) =>
    makeEnvelope({ event_id: ID }, [["event", { ...makeEvent(FAKE_NOW), extra: { [name]: "planted-by-name" } }]]),
};

const STORE: DecoderCase = {
  name: "Sentry, a single event",
  create: (redaction) => createSentryDecoders(redaction)["sentryStore"]!,
  makeBody: (timeMs) => bytesOf({ event_id: ID, ...makeEvent(timeMs) }),
  events: 1,
  idempotent: true,
  hasTimes: false,
  unreadable: {
    nothing: Buffer.alloc(0),
    "a list": Buffer.from("[]"),
    "half an event": Buffer.from('{"event_id":'),
    "two events": Buffer.from("{}{}"),
    "invalid UTF-8": Buffer.from([0x7b, 0xff, 0x7d]),
    "base64 of nothing packed": Buffer.from("aGVsbG8gd29ybGQ="),
  },
  plant: (secret) => bytesOf({ event_id: ID, ...plant(secret) }),
  plantNamed: (name) => bytesOf({ ...makeEvent(FAKE_NOW), extra: { [name]: "planted-by-name" } }),
};

const REPORT = {
  "document-uri": "https://shop.example/cart",
  "effective-directive": "img-src",
  "blocked-uri": "https://cdn.example/a.png",
  "source-file": "https://shop.example/a.js",
  "line-number": 7,
};
const wrapReport = (changes: object): Buffer =>
  bytesOf({ release: "1", report: { "csp-report": { ...REPORT, ...changes } } });

/** A secret where a page that breaks a policy has it. */
function plantInReport(secret: PlantedSecret): object | undefined {
  switch (secret.place) {
    case "query":
      return {
        "document-uri": `https://shop.example/a?${encodeURIComponent(secret.name)}=${encodeURIComponent(secret.value)}`,
      };
    case "body":
      return { sent: secret.body };
    case "message":
      return { "script-sample": secret.text };
    case "breadcrumb":
      return { ...secret.data, note: secret.message };
    case "header":
    case "cookie":
    case "source":
      return undefined;
    default:
      return secret satisfies never;
  }
}

const SECURITY: DecoderCase = {
  name: "Sentry, a security report",
  create: (redaction) => createSentryDecoders(redaction)["sentrySecurity"]!,
  makeBody: () => wrapReport({}),
  events: 1,
  idempotent: false,
  hasTimes: false,
  unreadable: {
    nothing: Buffer.alloc(0),
    "a list": Buffer.from("[]"),
    "no report": Buffer.from('{"release":"1"}'),
    "a report of nothing": Buffer.from('{"report":{}}'),
    "invalid UTF-8": Buffer.from([0x7b, 0xff, 0x7d]),
  },
  plant(secret) {
    const changes = plantInReport(secret);
    return changes && wrapReport(changes);
  },
  plantNamed: (name) => wrapReport({ [name]: "planted-by-name" }),
};

/** Envelopes, single events of the oldest clients, and reports of browsers. */
export const SENTRY_PROOFS: Readonly<Record<string, readonly DecoderProof[]>> = {
  sentryEnvelope: [
    {
      contract: ENVELOPE,
      sample: makeEnvelope({ event_id: ID, sent_at: new Date(FAKE_NOW).toISOString() }, [
        ["event", makeEvent(FAKE_NOW)],
        ["attachment", Buffer.from("a text"), { filename: "a.txt" }],
        ["session", { sid: ID, status: "ok", started: new Date(FAKE_NOW).toISOString() }],
        ["client_report", { discarded_events: [{ reason: "sample_rate", category: "error", quantity: 2 }] }],
      ]),
      maxGrowth: 12,
    },
  ],
  sentryStore: [{ contract: STORE, sample: { event_id: ID, ...makeEvent(FAKE_NOW) }, maxGrowth: 12 }],
  sentrySecurity: [{ contract: SECURITY, sample: { release: "1", report: { "csp-report": REPORT } }, maxGrowth: 12 }],
};
