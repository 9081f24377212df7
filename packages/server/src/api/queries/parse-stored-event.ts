import type { StoredErrorEvent } from "@gatewatch/protocol";
import { unpackEvent } from "../../issues/pack-event.ts";
import type { IssueEventRecord } from "../../model/issue.ts";

/** A stored event as the API shows it. */
export function parseStoredEvent(record: IssueEventRecord): StoredErrorEvent {
  return {
    id: record.id,
    issueId: record.issueId,
    receivedAt: record.receivedAt,
    pin: record.pin,
    release: record.release,
    environment: record.environment,
    host: record.host,
    event: unpackEvent(record.body),
  };
}
