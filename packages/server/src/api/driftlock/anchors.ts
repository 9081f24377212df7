import { randomUUID } from "node:crypto";
import type { Json } from "@gatewatch/protocol";
import { ApiError } from "../../model/api-error.ts";
import type { JudgedBatch } from "../../model/detection.ts";
import type { ApiDeps } from "../api-deps.ts";
import { type Compressor, measure } from "./compressors.ts";
import { toSubject } from "./find-stream.ts";

/** Earlier events of a stream, frozen: what the figures of drift compare with. They decide nothing. */
export interface Anchor {
  id: string;
  compressor: string;
  createdAt: number;
  isActive: boolean;
  /** Redacted events as JSON. */
  lines: string[];
}

export const DRIFT_NCD_MARK = 0.35;
/** With fewer lines compression says nothing. */
export const MIN_ANCHOR_EVENTS = 8;
export const MAX_ANCHOR_EVENTS = 64;
const MAX_LINE = 2_000;
/** Evidence of drift from which on it is called so; by Ville's inequality the chance of it on a stream that stays as it is is at most 1/20. */
const STRONG_EVIDENCE = 20;

interface Change {
  projectId: number;
  stream: string;
  by: string;
  at: number;
  reason: string;
}

/** The anchor that a stream has or had last. */
export async function readAnchor(projectId: number, stream: string, { store }: ApiDeps): Promise<Anchor | null> {
  // Only `writeAnchor` writes there.
  return (await store.anomalies.getAnchor(toSubject(projectId, stream))) as Anchor | null;
}

/** Freezes these lines as the stream's anchor, with a row of its history. */
export async function freezeAnchor(
  lines: readonly string[],
  { name }: Pick<Compressor, "name">,
  change: Change,
  deps: ApiDeps,
): Promise<Anchor> {
  const anchor: Anchor = {
    id: randomUUID(),
    compressor: name,
    createdAt: change.at,
    isActive: true,
    lines: lines.slice(-MAX_ANCHOR_EVENTS).map((line) => line.slice(0, MAX_LINE)),
  };
  await writeAnchor(anchor, change, deps);
  return anchor;
}

/** Lets the anchor go; false when there is none that is active. */
export async function dropAnchor(change: Change, deps: ApiDeps): Promise<boolean> {
  const anchor = await readAnchor(change.projectId, change.stream, deps);
  if (anchor === null || !anchor.isActive) return false;
  await writeAnchor({ ...anchor, isActive: false, lines: [] }, change, deps);
  return true;
}

async function writeAnchor(
  anchor: Anchor,
  { projectId, stream, by, at, reason }: Change,
  deps: ApiDeps,
): Promise<void> {
  const before = await readAnchor(projectId, stream, deps);
  const from = before?.isActive === true ? before.id : null;
  const row = { at, by, field: "anchor" as const, from, to: anchor.isActive ? anchor.id : null, reason };
  const change = { anchor: anchor as unknown as Json };
  await deps.store.anomalies.changeStream(toSubject(projectId, stream), change, [row]);
}

interface Ready {
  projectId: number;
  stream: string;
  batch: JudgedBatch;
  compressor: Compressor;
}

/** The anchor of a stream that is ready; one that never had any gets its first. Null when there is none, or it was let go. */
export async function openAnchor(
  { projectId, stream, batch, compressor }: Ready,
  deps: ApiDeps,
): Promise<Anchor | null> {
  const anchor = await readAnchor(projectId, stream, deps);
  if (anchor !== null) return anchor.isActive ? anchor : null;
  if (batch.latest.length < MIN_ANCHOR_EVENTS) return null;
  const change = { projectId, stream, by: "gatewatch", at: deps.clock(), reason: "the stream is ready" };
  return freezeAnchor(batch.latest, compressor, change, deps);
}

/** What an answer says of drift: the distance from the anchor as it is measured, beside the engine's own evidence, which alone decides. */
export async function measureDrift(
  anchor: Anchor | null,
  { drift, latest }: JudgedBatch,
  deps: ApiDeps,
): Promise<object> {
  const verdict = { drift_detected: drift >= STRONG_EVIDENCE, drift_evidence: drift, decided_by: "evidence" };
  if (anchor === null)
    return { ...verdict, drift_score: null, drift_threshold: DRIFT_NCD_MARK, diagnostic_reason: "no_active_anchor" };
  const figures = await measure(anchor.lines, latest, { name: anchor.compressor }, deps.verbs.watch);
  return {
    anchor_id: anchor.id,
    drift_score: figures?.ncd ?? null,
    drift_threshold: DRIFT_NCD_MARK,
    ...verdict,
    baseline_events: anchor.lines.length,
    window_events: latest.length,
    anchor_created_at: new Date(anchor.createdAt).toISOString(),
    ...(figures === null ? { diagnostic_reason: "window_snapshot_failed" } : {}),
  };
}

/** @throws ApiError `invalid_request` when there are too few to measure anything. */
export function demandAnchorEvents(count: number): void {
  if (count >= MIN_ANCHOR_EVENTS) return;
  throw new ApiError("invalid_request", `events: an anchor needs at least ${MIN_ANCHOR_EVENTS}, got ${count}`);
}
