import { nestsTooDeep } from "../../model/check-nesting.ts";
import { isFields } from "../field-source.ts";
import { unreadableFrame } from "../intake-error.ts";
import { parseLenientJson } from "../../model/parse-lenient-json.ts";

type Fields = Record<string, unknown>;

/** A frame is read for its key and then to be decoded: the second reading costs nothing. */
const known = new WeakMap<Uint8Array, Fields>();

/** The JSON object of a frame, as Python writes it. Nobody may change it. @throws IntakeError */
export function parseFrame(bytes: Uint8Array): Fields {
  const before = known.get(bytes);
  if (before !== undefined) return before;
  if (nestsTooDeep(bytes)) throw unreadableFrame("The frame is nested too deep.");
  let value: unknown;
  try {
    value = parseLenientJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch {
    throw unreadableFrame("The frame is not JSON; expected one event as a JSON object.");
  }
  if (!isFields(value)) throw unreadableFrame("The frame is JSON, but not an object; expected one event.");
  known.set(bytes, value);
  return value;
}

/** Frames that were read before, of one app, as the batch that they would have been. */
export function joinFrames(frames: readonly Buffer[]): Buffer {
  const events = frames.map((frame) => parseFrame(frame));
  const clientId = events[0]?.["client_id"];
  const head = Buffer.from(`{"client_id":${JSON.stringify(clientId ?? null)},"events":[`);
  const comma = Buffer.from(",");
  const parts = frames.flatMap((frame, index) => (index === 0 ? [frame] : [comma, frame]));
  const bytes = Buffer.concat([head, ...parts, Buffer.from("]}")]);
  known.set(bytes, { client_id: clientId, events });
  return bytes;
}

/** The key by which a frame proves whose it is; undefined when it has none. */
export function readKey(fields: Fields): string | undefined {
  for (const name of ["api_key", "token"] as const) {
    const key = fields[name];
    if (typeof key === "string" && key !== "") return key;
  }
  return undefined;
}
