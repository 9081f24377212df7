import type { ErrorEvent, GatewatchEvent, LogEvent, Resource } from "@gatewatch/protocol";
import type { DecodedBatch } from "../../model/decoder.ts";
import { formatBatchId } from "../batch-id.ts";

const LEVELS = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const;

/** What was kept of an envelope, as an envelope again: its errors and logs, redacted. One for each batch that holds any. */
export function toSpotlightEnvelopes(decoded: DecodedBatch): string[] {
  return [decoded, ...(decoded.also ?? [])].flatMap(({ batch, batchId }) => {
    const items = itemsOf(batch.events ?? [], batch.resource ?? {});
    if (items.length === 0) return [];
    const header = {
      event_id: formatBatchId(batchId).replaceAll("-", ""),
      sent_at: new Date(batch.sentAt).toISOString(),
      ...(batch.resource?.sdk === undefined ? {} : { sdk: batch.resource.sdk }),
    };
    return [[header, ...items].map((part) => JSON.stringify(part)).join("\n")];
  });
}

function itemsOf(events: readonly GatewatchEvent[], resource: Resource): object[] {
  const items = events.flatMap((event) =>
    event.type === "error" ? [{ type: "event" }, toEvent(event, resource)] : [],
  );
  const logs = events.filter((event) => event.type === "log");
  if (logs.length === 0) return items;
  const header = { type: "log", item_count: logs.length, content_type: "application/vnd.sentry.items.log+json" };
  return [...items, header, { items: logs.map(toLog) }];
}

/** Theirs end with what was caught and where it was thrown, ours begin with it. */
function toEvent(error: ErrorEvent, { release, environment, host }: Resource): object {
  const { id, time, level, handled, exceptions, request, user, breadcrumbs = [], attributes, custom } = error;
  return {
    event_id: id,
    timestamp: time / 1000,
    level,
    release,
    environment,
    server_name: host,
    exception: {
      values: exceptions.toReversed().map(({ type, message, module, frames }) => ({
        type,
        value: message,
        module,
        mechanism: { type: "generic", handled },
        stacktrace: {
          frames: frames.toReversed().map((frame) => ({
            filename: frame.file,
            function: frame.function,
            module: frame.module,
            lineno: frame.line,
            colno: frame.column,
            in_app: frame.inApp,
            pre_context: frame.context?.pre,
            context_line: frame.context?.line,
            post_context: frame.context?.post,
          })),
        },
      })),
    },
    request: request && { url: request.url, method: request.method, headers: request.headers, data: request.body },
    user: user && { id: user.id, username: user.username },
    breadcrumbs: {
      values: breadcrumbs.map((crumb) => ({ ...crumb, timestamp: crumb.time / 1000, time: undefined })),
    },
    tags: attributes,
    extra: custom,
    contexts: { trace: { trace_id: error.traceId, span_id: error.spanId } },
  };
}

function toLog({ time, traceId, level, message, attributes = {} }: LogEvent): object {
  const typed = Object.entries(attributes).map(([name, value]) => [name, { value, type: typeof value }]);
  return {
    timestamp: time / 1000,
    trace_id: traceId,
    level,
    severity_number: LEVELS[level],
    body: message,
    attributes: Object.fromEntries(typed),
  };
}
