import type { Attributes } from "@gatewatch/protocol";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import type { RedactionOptions } from "@gatewatch/protocol/redact/redactor";
import type { Decoder } from "../../model/decoder.ts";
import { createTextCleaner, rememberTexts } from "../clean-text.ts";
import { createFactsReader } from "../read-facts.ts";
import { createFieldReaders } from "../request-fields.ts";
import { createAttributeCleaner } from "./attribute-cleaner.ts";
import { EventCollector, type ItemContext } from "./event-collector.ts";
import type { Message, MessageTable } from "./message-table.ts";
import { LOGS_REQUEST, METRICS_REQUEST, TRACES_REQUEST } from "./otlp-tables.ts";
import { readLogRecords } from "./read-log-records.ts";
import { readMetrics } from "./read-metrics.ts";
import { readOtlpJson } from "./read-otlp-json.ts";
import { readResource } from "./read-resource.ts";
import { readSpans } from "./read-spans.ts";
import { readWire } from "./read-wire.ts";

export const SIGNALS = ["traces", "logs", "metrics"] as const;
export type Signal = (typeof SIGNALS)[number];
export const ENCODINGS = ["protobuf", "json"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** The decoder of a signal in an encoding, among those of all languages. */
export function otlpDecoderName(signal: Signal, encoding: Encoding): string {
  return `otlp-${signal}-${encoding}`;
}

/** What the reader of a signal works with. */
interface Reading {
  read<T extends MessageTable>(table: T): Message<T>;
  /** What follows is of this resource. */
  enter(resource: { attributes?: Attributes } | undefined): void;
  collector: EventCollector;
  context: ItemContext;
}

const READERS: Record<Signal, (reading: Reading) => void> = {
  traces({ read, enter, collector, context }) {
    for (const part of read(TRACES_REQUEST).resourceSpans ?? []) {
      enter(part.resource);
      readSpans(part, collector, context);
    }
  },
  logs({ read, enter, collector, context }) {
    for (const part of read(LOGS_REQUEST).resourceLogs ?? []) {
      enter(part.resource);
      readLogRecords(part, collector, context);
    }
  },
  metrics({ read, enter, collector, context }) {
    for (const part of read(METRICS_REQUEST).resourceMetrics ?? []) {
      enter(part.resource);
      readMetrics(part, collector, context);
    }
  },
};

/** One decoder for each signal and encoding; every resource of a request becomes a batch. */
export function createOtlpDecoders(redaction: RedactionOptions = {}): Record<string, Decoder> {
  const redactor = createRedactor(redaction);
  const cleaner = createTextCleaner(redactor, (redaction.patterns ?? []).length === 0);
  const facts = createFactsReader(redactor);
  const clean = createAttributeCleaner(redactor);
  const tools = {
    facts,
    readers: createFieldReaders(cleaner),
    redactor: rememberTexts(redactor, cleaner),
  };

  const createDecoder = (name: string, signal: Signal, encoding: Encoding): Decoder => ({
    name,
    decode(bytes, context) {
      const collector = new EventCollector(tools, context);
      READERS[signal]({
        read: (table) => (encoding === "json" ? readOtlpJson(bytes, table) : readWire(bytes, table)),
        enter: (resource) => collector.enter(readResource(resource?.attributes ?? {}, cleaner)),
        collector,
        context: { receivedAt: context.receivedAt, addressKey: context.addressKey, clean },
      });
      return collector.finish();
    },
  });

  const decoders: Record<string, Decoder> = {};
  for (const signal of SIGNALS) {
    for (const encoding of ENCODINGS) {
      const name = otlpDecoderName(signal, encoding);
      decoders[name] = createDecoder(name, signal, encoding);
    }
  }
  return decoders;
}
