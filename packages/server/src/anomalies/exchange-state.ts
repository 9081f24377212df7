import { ApiError } from "../model/api-error.ts";
import type { StreamDelta, StreamState } from "../model/watch.ts";
import type { EventStream } from "./event-stream.ts";
import type { EventStreams } from "./event-streams.ts";

/** Adds what a process has learned; all of it or nothing. Throws `invalid_request` for bytes that are no snapshot. */
export async function mergeState(streams: EventStreams, delta: StreamDelta, atMs: number): Promise<StreamState> {
  const stream = await streams.open(delta.projectId, delta.stream);
  try {
    stream.merge(delta.replica, delta.sequence, delta.snapshot, atMs);
  } catch (cause) {
    throw new ApiError(
      "invalid_request",
      "The body is not the snapshot of a detector, or it is damaged: nothing of it was kept. Start the stream anew and send its first delta.",
      { cause, details: { field: "body" } },
    );
  }
  return toState(stream);
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
