import type { Attributes, ErrorEvent, GatewatchEvent, LogEvent, LogLevel } from "@gatewatch/protocol";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { cutText, makeStorable } from "../clean-text.ts";
import type { EventProblem } from "../event-problem.ts";
import { explainTime, settleTime } from "../event-time.ts";
import { LOG_LEVELS } from "../read-base.ts";
import { textOf } from "./attribute-values.ts";
import type { EventCollector, ItemContext } from "./event-collector.ts";
import type { Message } from "./message-table.ts";
import type { LOG_RECORD, LOGS_REQUEST } from "./otlp-tables.ts";
import { tryReadExceptions } from "./read-exception.ts";
import { traceIds } from "./trace-ids.ts";

type ResourceLogs = NonNullable<Message<typeof LOGS_REQUEST>["resourceLogs"]>[number];
type LogRecord = Message<typeof LOG_RECORD>;

const NANOS_PER_MS = 1e6;
/** Numbers of severity that share a level: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITIES_PER_LEVEL = 4;
const OTHER_WORDS: Readonly<Record<string, LogLevel>> = { warning: "warn", critical: "fatal", notice: "info" };

/** Records become logs; those from `warn` on that carry an exception become errors. */
export function readLogRecords(resourceLogs: ResourceLogs, collector: EventCollector, context: ItemContext): void {
  const language = textOf(resourceLogs.resource?.attributes ?? {}, 64, "telemetry.sdk.language");
  for (const { scope, logRecords = [] } of resourceLogs.scopeLogs ?? []) {
    for (const record of logRecords)
      collector.finishItem(readRecord(record, scope?.name, language, collector, context));
  }
}

function readRecord(
  record: LogRecord,
  logger: string | undefined,
  language: string | undefined,
  collector: EventCollector,
  context: ItemContext,
): EventProblem | undefined {
  const { receivedAt, addressKey, clean } = context;
  const ms = (record.timeUnixNano || record.observedTimeUnixNano || 0) / NANOS_PER_MS;
  const time = ms === 0 ? receivedAt : settleTime(ms, receivedAt);
  if (Number.isNaN(time)) return explainTime(ms);
  const base = { time, ...traceIds(record) };
  const level = readLevel(record);
  const { attributes = {} } = record;
  const exceptions = isQuiet(level) ? undefined : tryReadExceptions(attributes, language);
  const facts = clean.attributes(withNames(attributes, record.eventName, logger), addressKey, (key) =>
    exceptions === undefined ? false : key.startsWith("exception."),
  );
  const message = makeStorable(cutText(clean.body(record.body ?? null, addressKey), TRUNCATED_LENGTHS.message));
  let event: GatewatchEvent;
  if (exceptions === undefined)
    event = {
      type: "log",
      ...base,
      level,
      message: message === "" ? (record.eventName ?? "") : message,
    } satisfies LogEvent;
  else {
    event = {
      type: "error",
      ...base,
      id: collector.makeErrorId(),
      level: level === "fatal" ? "fatal" : level === "warn" ? "warning" : "error",
      handled: level !== "fatal",
      mechanism: "foreign",
      exceptions,
    } satisfies ErrorEvent;
    if (message !== "") (event as ErrorEvent).custom = { "log.message": message };
  }
  if (facts !== undefined) event.attributes = facts;
  return collector.addEvent(event);
}

/** Below `warn` an exception is a remark. Records without a severity that bring one are meant as errors. */
function isQuiet(level: LogLevel): boolean {
  return level === "trace" || level === "debug" || level === "info";
}

function readLevel({ severityNumber = 0, severityText, attributes }: LogRecord): LogLevel {
  const level = LOG_LEVELS[Math.ceil(severityNumber / SEVERITIES_PER_LEVEL) - 1];
  if (level !== undefined) return level;
  const word = (severityText ?? "").toLowerCase();
  const named = LOG_LEVELS.find((name) => name === word);
  if (named !== undefined) return named;
  if (Object.hasOwn(OTHER_WORDS, word)) return OTHER_WORDS[word]!;
  return attributes?.["exception.type"] === undefined ? "info" : "error";
}

function withNames(attributes: Attributes, eventName: string | undefined, logger: string | undefined): Attributes {
  const names: Attributes = {};
  if (logger !== undefined && logger !== "") names["otel.scope.name"] = logger;
  if (eventName !== undefined && eventName !== "") names["event.name"] = eventName;
  return { ...names, ...attributes };
}
