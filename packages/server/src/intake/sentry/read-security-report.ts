import type { ErrorEvent, Resource } from "@gatewatch/protocol";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import { isFields } from "../field-source.ts";
import type { EnvelopeBatches } from "./envelope-batches.ts";
import { type Fields, fieldsOf, pairsOf, readLooseFacts, textOf } from "./loose-values.ts";
import type { SentryContext } from "./read-error.ts";
import { lineNumberOf } from "./read-frames.ts";
import { settleSentryTime } from "./sentry-time.ts";

const MAX_REPORTS = 100;
const ADDRESS = /^(?:https?:\/)?\//i;

/** Adds what browsers report of broken policies, in the old shape (one object) or in that of the Reporting API (a list). */
export function addSecurityReports(
  payload: unknown,
  resource: Resource,
  makeId: () => string,
  batches: EnvelopeBatches,
  context: SentryContext,
): number {
  const reports = (Array.isArray(payload) ? payload.slice(0, MAX_REPORTS) : [payload]).filter(isFields);
  let added = 0;
  for (const report of reports) {
    const event = tryReadReport(report, makeId, context);
    if (event === undefined) batches.leaveOut(1);
    else {
      batches.addError(event, resource, undefined);
      added++;
    }
  }
  return added;
}

function tryReadReport(report: Fields, makeId: () => string, context: SentryContext): ErrorEvent | undefined {
  const old = report["csp-report"];
  const kind = isFields(old)
    ? "csp"
    : (textOf(report["type"], 64) ?? Object.keys(report).find((key) => key.endsWith("-report")));
  const body = isFields(old)
    ? old
    : isFields(report["body"])
      ? report["body"]
      : kind === undefined
        ? undefined
        : report[kind];
  if (kind === undefined || !isFields(body)) return undefined;
  const pick = (...names: string[]) =>
    names.map((name) => textOf(body[name], TRUNCATED_LENGTHS.url)).find((text) => text !== undefined);
  const page = pick("document-uri", "documentURL") ?? textOf(report["url"], TRUNCATED_LENGTHS.url);
  const isCsp = kind.startsWith("csp");
  const directive = pick("effective-directive", "effectiveDirective", "violated-directive", "violatedDirective")?.split(
    " ",
  )[0];
  const blocked = pick("blocked-uri", "blockedURL");
  const source = pick("source-file", "sourceFile");
  const line = lineNumberOf(pick("line-number", "lineNumber"));
  const age = typeof report["age"] === "number" ? report["age"] : 0;
  const event: ErrorEvent = {
    type: "error",
    time: settleSentryTime(Math.max(0, context.receivedAt - age), context.receivedAt, 0),
    id: makeId(),
    level: "warning",
    handled: true,
    mechanism: "foreign",
    exceptions: [
      {
        type: isCsp ? "ContentSecurityPolicy" : kind,
        message: isCsp
          ? `${directive ?? "a directive"} blocked ${blocked === undefined || blocked === "" ? "something" : blocked}`
          : (pick("message", "reason", "id") ?? kind),
        frames:
          source === undefined
            ? []
            : [
                {
                  file: source.replace(/[?#].*$/s, "").slice(0, TRUNCATED_LENGTHS.file),
                  inApp: true,
                  ...(line === undefined ? {} : { line }),
                },
              ],
      },
    ],
    // Which page it was says little: one policy breaks in the same way on all.
    fingerprint: isCsp ? ["csp", directive ?? "", hostOf(blocked)] : [kind, pick("id", "message") ?? ""],
  };
  if (page !== undefined) event.request = { method: "GET", url: page, headers: {}, query: {} };
  const userAgent = textOf(report["user_agent"], TRUNCATED_LENGTHS.userAgent);
  if (userAgent !== undefined && event.request !== undefined) event.request.userAgent = userAgent;
  // Most of these facts are addresses, whose queries hide secrets in percent signs.
  const facts = pairsOf(fieldsOf(body)).map(([name, value]): [string, unknown] => [
    name,
    typeof value === "string" && ADDRESS.test(value) ? context.cleaner.path(value) : value,
  ]);
  const custom = readLooseFacts(facts, context.facts);
  if (custom !== undefined) event.custom = custom;
  return event;
}

function hostOf(blocked: string | undefined): string {
  return URL.parse(blocked ?? "")?.host ?? blocked ?? "";
}
