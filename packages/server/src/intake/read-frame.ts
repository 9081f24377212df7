import { WIRE_LIMITS, type NativeBatch, type Resource } from "@gatewatch/protocol";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { tryParseBatchId } from "./batch-id.ts";
import { nestsTooDeep } from "../model/check-nesting.ts";
import { cutText, type TextCleaner } from "./clean-text.ts";
import { isFields } from "./field-source.ts";
import { IntakeError, unreadableFrame } from "./intake-error.ts";

type Fields = Record<string, unknown>;

/** A batch whose outer shape is sound; events, dictionary and columns are still to be checked. */
export interface Frame {
  batchId: Uint8Array;
  batch: string;
  sentAt: number;
  resource: Resource | undefined;
  drops: Record<string, number> | undefined;
  events: unknown[];
  dict: unknown[];
  requestColumns: unknown;
  /** Whether everything read so far can be kept as it came. */
  asReceived: boolean;
  /** Name-value pairs of all that, without those of the columns of requests. */
  pairs: number;
}

const KNOWN = new Set(["batch", "sentAt", "resource", "drops", "events", "dict", "columns"]);
const RESOURCE_TEXTS = ["service", "environment", "release", "host", "runtime"] as const;
const MAX_DROP_REASONS = 50;
const DROP_REASON = /^[a-z_]{1,40}$/;

/** @throws IntakeError when the bytes are no batch. */
export function readFrame(bytes: Uint8Array, cleaner: TextCleaner): Frame {
  if (bytes.length > WIRE_LIMITS.maxBatchBytes)
    throw new IntakeError(
      "payload_too_large",
      `The batch is ${bytes.length} bytes; at most ${WIRE_LIMITS.maxBatchBytes} are taken.`,
    );
  const fields = parseObject(bytes);
  const { batch, sentAt } = fields;
  const batchId = tryParseBatchId(batch);
  if (batchId === undefined) throw unreadableFrame("`batch` must be a UUID that the client made once for this batch.");
  if (typeof sentAt !== "number" || !(sentAt >= 0) || !Number.isFinite(sentAt))
    throw unreadableFrame("`sentAt` must be the epoch milliseconds at which the batch was made.");
  const events = readList(fields, "events");
  const dict = readList(fields, "dict");
  if (dict.length > WIRE_LIMITS.maxDictEntries)
    throw new IntakeError(
      "payload_too_large",
      `dict has ${dict.length} entries; at most ${WIRE_LIMITS.maxDictEntries} are taken.`,
    );
  const columns = fields["columns"] === undefined ? {} : fields["columns"];
  if (!isFields(columns)) throw unreadableFrame("`columns` must be an object.");
  const resource = readResource(fields["resource"], cleaner);
  const drops = readDrops(fields["drops"]);
  return {
    batchId,
    batch: batch as string,
    sentAt,
    resource: resource.value,
    drops: drops.value,
    events,
    dict,
    requestColumns: columns["request"],
    asReceived:
      resource.same &&
      drops.same &&
      hasOnly(fields, KNOWN) &&
      Object.keys(columns).length === (columns["request"] === undefined ? 0 : 1),
    pairs: [fields, columns, resource.value, resource.value?.sdk, drops.value].reduce(
      (sum: number, item) => sum + (item === undefined ? 0 : Object.keys(item).length),
      0,
    ),
  };
}

function parseObject(bytes: Uint8Array): Fields {
  if (bytes.length === 0) throw unreadableFrame("The body is empty; expected a batch as a JSON object.");
  if (nestsTooDeep(bytes)) throw unreadableFrame("The body is nested too deep for a batch.");
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch (error) {
    throw unreadableFrame(`The body is not JSON${positionOf(error)}; expected a batch as a JSON object.`);
  }
  if (!isFields(value)) throw unreadableFrame("The body is JSON, but not an object; expected a batch.");
  return value;
}

/** Where parsing stopped, without the text around it: it may hold a secret. */
function positionOf(error: unknown): string {
  const position = error instanceof Error ? /position (\d+)/.exec(error.message) : null;
  return position === null ? "" : ` (it breaks at character ${position[1]})`;
}

function readList(fields: Fields, name: string): unknown[] {
  const value = fields[name];
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw unreadableFrame(`\`${name}\` must be a list.`);
}

function hasOnly(fields: Fields, known: ReadonlySet<string>): boolean {
  for (const name of Object.keys(fields)) if (!known.has(name)) return false;
  return true;
}

/** Wrong fields of the resource are left out: the events are worth more than their label. */
function readResource(given: unknown, cleaner: TextCleaner): { value: Resource | undefined; same: boolean } {
  if (given === undefined) return { value: undefined, same: true };
  if (!isFields(given)) return { value: undefined, same: false };
  const value: Resource = {};
  let kept = 0;
  let same = true;
  for (const name of RESOURCE_TEXTS) {
    const text = given[name];
    if (typeof text !== "string") continue;
    value[name] = cleaner.text(cutText(text, TRUNCATED_LENGTHS.resource));
    same &&= value[name] === text;
    kept++;
  }
  if (Number.isSafeInteger(given["pid"]) && (given["pid"] as number) >= 0) {
    value.pid = given["pid"] as number;
    kept++;
  }
  const sdk = given["sdk"];
  if (isFields(sdk) && typeof sdk["name"] === "string" && typeof sdk["version"] === "string") {
    value.sdk = {
      name: cleaner.text(cutText(sdk["name"], TRUNCATED_LENGTHS.resource)),
      version: cleaner.text(cutText(sdk["version"], TRUNCATED_LENGTHS.resource)),
    };
    same &&= value.sdk.name === sdk["name"] && value.sdk.version === sdk["version"] && Object.keys(sdk).length === 2;
    kept++;
  }
  return { value, same: same && Object.keys(given).length === kept };
}

function readDrops(given: unknown): { value: NativeBatch["drops"]; same: boolean } {
  if (given === undefined) return { value: undefined, same: true };
  if (!isFields(given)) return { value: undefined, same: false };
  const entries = Object.entries(given);
  const kept = entries
    .filter(([reason, count]) => DROP_REASON.test(reason) && Number.isSafeInteger(count) && (count as number) >= 0)
    .slice(0, MAX_DROP_REASONS);
  return { value: Object.fromEntries(kept) as Record<string, number>, same: kept.length === entries.length };
}
