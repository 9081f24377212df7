import { hash, randomUUID } from "node:crypto";
import { ANOMALY_FEEDBACKS } from "@gatewatch/protocol";
import { ApiError } from "../../model/api-error.ts";
import type { AnomalyQuery, AnomalyRecord } from "../../model/anomaly.ts";
import type { ApiDeps } from "../api-deps.ts";
import { parseAnomalyQuery } from "./anomaly-query.ts";
import { isFields } from "./detect-order.ts";
import type { DriftlockAnswer, DriftlockRequest } from "./driftlock-route.ts";
import { findAnomaly } from "./find-anomaly.ts";
import { EXPORT_FORMATS, type ExportFormat, ExportWriter } from "./render-export.ts";
import { toDetailed, toListed } from "./show-anomaly.ts";
import { nameCaller } from "./stream-calls.ts";

const MAX_REASON = 500;
const MAX_EXPORTED = 1_000;
const PAGE = 50;

type Shown = ReturnType<typeof toDetailed>;

/** `GET /v1/anomalies` */
export async function listAnomalies({ query, caller }: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const question = await parseAnomalyQuery(query, caller, deps);
  if (question === "nothing") return { body: { anomalies: [], total: 0 } };
  const { anomalies, nextCursor, total } = await deps.store.anomalies.queryWhole(question);
  return {
    body: {
      anomalies: anomalies.map(toListed),
      total,
      limit: question.limit,
      ...(nextCursor === null ? {} : { next_page_token: nextCursor }),
    },
  };
}

/** `GET /v1/anomalies/{id}` */
export async function getAnomaly({ id, caller }: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const record = await findAnomaly(id, caller, deps);
  // The id by which it was asked for is the one that the client knows.
  return { body: { ...(await showAll([record], deps))[0], id: id.toLowerCase() } };
}

/** `POST /v1/anomalies/{id}/feedback` */
export async function giveFeedback(request: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const { id, body, caller, at } = request;
  const feedback = ANOMALY_FEEDBACKS.find((word) => word === body["feedback_type"]);
  if (feedback === undefined)
    throw new ApiError("invalid_request", "feedback_type must be: false_positive, confirmed, or dismissed");
  const { reason = null } = body;
  if (reason !== null && (typeof reason !== "string" || reason.length > MAX_REASON))
    throw new ApiError("invalid_request", `reason must be a text of at most ${MAX_REASON} characters`);
  const record = await findAnomaly(id, caller, deps);
  const order = { projectId: caller.projectId, id: record.id, feedback, reason, by: nameCaller(caller), at };
  if ((await deps.verbs.watch.giveFeedback(order)) === null)
    throw new ApiError("not_found", "There is no such anomaly.");
  return { body: { success: true, message: "Feedback recorded" }, audit: { anomaly: record.id, feedback } };
}

/** `POST /v1/anomalies/{id}/export` */
export async function exportAnomaly({ id, body, caller }: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const format = parseFormat(body);
  const record = await findAnomaly(id, caller, deps);
  const writer = new ExportWriter(format);
  writer.add({ ...(await showAll([record], deps))[0], id: id.toLowerCase() });
  return { body: describeExport(format, writer, { total: 1 }) };
}

/** `POST /v1/anomalies/export`: the newest that fit the filters, as many as an answer can hold. */
export async function exportAnomalies(request: DriftlockRequest, deps: ApiDeps): Promise<DriftlockAnswer> {
  const { body, caller } = request;
  const format = parseFormat(body);
  const { filters = {} } = body;
  if (!isFields(filters)) throw new ApiError("invalid_request", "filters must be an object");
  const question = await parseAnomalyQuery(readFilters(filters), caller, deps);
  const writer = new ExportWriter(format);
  if (question === "nothing") return { body: describeExport(format, writer, { total: 0 }) };
  const most = filters["limit"] === undefined ? MAX_EXPORTED : question.limit;
  let next: AnomalyQuery | null = { ...question, limit: Math.min(PAGE, most) };
  let total = 0;
  while (next !== null) {
    const page = await deps.store.anomalies.queryWhole(next);
    total = page.total;
    for (const shown of await showAll(page.anomalies, deps)) writer.add(shown);
    const left = most - writer.count;
    next =
      page.nextCursor === null || left <= 0 || writer.isFull
        ? null
        : { ...next, cursor: page.nextCursor, limit: Math.min(PAGE, left) };
  }
  return { body: describeExport(format, writer, { total }) };
}

/** Anomalies of one project with all that is known of them. */
async function showAll(records: readonly AnomalyRecord[], { store, driftlock }: ApiDeps): Promise<Shown[]> {
  const [first] = records;
  if (first === undefined) return [];
  const ids = records.map(({ id }) => id);
  const histories = await store.anomalies.histories(first.projectId, ids);
  return records.map((record) => toDetailed(record, histories.get(record.id) ?? [], driftlock.pascalCase));
}

function describeExport(format: ExportFormat, writer: ExportWriter, { total }: { total: number }): object {
  const { content, contentType, extension } = writer.finish();
  return {
    job_id: randomUUID(),
    status: "completed",
    format,
    content_type: contentType,
    filename: `anomalies.${extension}`,
    exported: writer.count,
    total,
    truncated: writer.count < total,
    size_bytes: Buffer.byteLength(content),
    checksum: `sha256:${hash("sha256", content)}`,
    content,
    message: writer.count < total ? "Not all: narrow the filters, or export by time." : "Exported",
  };
}

function parseFormat({ format = "json", delivery }: Record<string, unknown>): ExportFormat {
  const found = EXPORT_FORMATS.find((known) => known === format);
  if (found === undefined)
    throw new ApiError(
      "invalid_request",
      format === "pdf"
        ? "format pdf is not written here; export html and print it"
        : `format must be one of ${EXPORT_FORMATS.join(", ")}`,
    );
  if (
    delivery !== undefined &&
    delivery !== null &&
    (!isFields(delivery) || (delivery["type"] ?? "inline") !== "inline")
  )
    throw new ApiError("invalid_request", "delivery.type must be inline: the export comes in this answer");
  return found;
}

/** Filters of a body, as those of an address. */
function readFilters(filters: Record<string, unknown>): { get(name: string): string | null } {
  return {
    get(name) {
      const value = Object.hasOwn(filters, name) ? filters[name] : null;
      if (value === null || value === undefined) return null;
      if (typeof value === "object")
        throw new ApiError("invalid_request", `filters.${name} must be a text or a number`);
      return String(value);
    },
  };
}
