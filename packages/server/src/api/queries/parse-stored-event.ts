import type { ErrorEvent, StoredErrorEvent } from "@gatewatch/protocol";
import { zstdDecompressSync } from "node:zlib";
import type { IssueEventRecord } from "../../model/issue.ts";

/** Far above the wire's bound of one error, so that a damaged row cannot fill the memory. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;

/** Opens a stored event. */
export function parseStoredEvent(record: IssueEventRecord): StoredErrorEvent {
  const text = zstdDecompressSync(record.body, { maxOutputLength: MAX_EVENT_BYTES }).toString("utf8");
  return {
    id: record.id,
    issueId: record.issueId,
    receivedAt: record.receivedAt,
    pin: record.pin,
    release: record.release,
    environment: record.environment,
    host: record.host,
    event: JSON.parse(text) as ErrorEvent,
  };
}
