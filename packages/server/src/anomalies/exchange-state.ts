import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { ApiError } from "../model/api-error.ts";
import type { StreamDelta, StreamState } from "../model/watch.ts";
import type { DetectorKit, SeenEvent } from "./detector-kit.ts";
import type { EventStream } from "./event-stream.ts";
import type { EventStreams } from "./event-streams.ts";
import { giveWay } from "./slice-work.ts";

export interface ExchangeDeps {
  streams: EventStreams;
  kit: Pick<DetectorKit, "readLog">;
  redactorOf(projectId: number): Promise<Redactor>;
}

/**
 * Learns what a process has seen; all of it or nothing. A detector's own state is never taken from outside: nobody could tell what
 * was planted in it. Throws `invalid_request` for bytes that are no log.
 */
export async function mergeState(deps: ExchangeDeps, delta: StreamDelta, atMs: number): Promise<StreamState> {
  const { projectId, stream: name, replica, sequence } = delta;
  const events = readLog(deps.kit, delta.log);
  await giveWay();
  const [{ redactValue: redact }, stream] = await Promise.all([
    deps.redactorOf(projectId),
    deps.streams.open(projectId, name),
  ]);
  await stream.merge({ replica, sequence, events, redact }, atMs);
  await giveWay();
  return toState(stream);
}

function readLog(kit: ExchangeDeps["kit"], bytes: Uint8Array): readonly SeenEvent[] {
  try {
    return kit.readLog(bytes);
  } catch (cause) {
    throw new ApiError(
      "invalid_request",
      "The body is not a log of events as Gatewatch's middleware writes it, or it is damaged: nothing of it was kept.",
      { cause, details: { field: "body" } },
    );
  }
}

/** What the detector of a stream knows; null when `ifNot` names it. Throws `not_found`. */
export async function readState(
  streams: EventStreams,
  projectId: number,
  name: string,
  ifNot: string | null,
): Promise<StreamState | null> {
  const stream = await streams.find(projectId, name);
  if (stream === null) throw new ApiError("not_found", "There is no such event stream in this project.");
  return ifNot === stream.version ? null : toState(stream);
}

function toState(stream: EventStream): StreamState {
  return { version: stream.version, snapshot: stream.takeSnapshot() };
}
