import type { ThresholdFacts } from "@gatewatch/protocol/messages/failure-facts";
import { parseStatusTable, type StatusByType } from "../values/parse-status-table.ts";
import { parseStatusRange, type StatusPattern } from "../values/status-set.ts";
import { BOOLEAN, type GroupSpec, HEADER, integer } from "../option-kinds.ts";
import { functionKind, listKind, tristateKind } from "../code-kinds.ts";
import { fromSeconds } from "../values/from-seconds.ts";
import { readJson } from "../values/read-json.ts";

export interface ErrorBoundaryOptions {
  /** @default true */
  enabled: boolean;
  /** Response header that names the error's event. @default "X-Error-ID" */
  header: string;
  /** Our JSON answers every exception, instead of the app's own handler; without it only those that no handler has answered. @default false */
  respond: boolean;
  /** Our JSON tells type and message of the error, redacted. @default null (where `environment` is `development`) */
  details: boolean | null;
  /** Our JSON tells how long the request took, in seconds. @default false */
  duration: boolean;
  /** Statuses of our JSON by the error's type (`{ ValidationError: 400 }`). @default null */
  statusByType: StatusByType | null;
  /** Answers that Slack and e-mail are told of; of exceptions they always are. @default [400, 403, 404, 500] */
  notify: readonly StatusPattern[];
  /** Answers that are counted for alerts; exceptions always are. @default ["400-599"] */
  count: readonly StatusPattern[];
  /** So many errors of one kind and route in `windowMs` raise an alert; 0 never. @default 10 */
  threshold: number;
  /** @default 300000 */
  windowMs: number;
  /** Kinds and routes that are remembered; beyond it the one seen longest ago is forgotten. @default 1000 */
  maxKeys: number;
  /** Types of errors whose line is at `fatal` level. @default [] */
  errorTypesToTrack: readonly string[];
  /** Answers to exceptions carry `X-Error-Type`. @default false */
  errorTypeHeader: boolean;
  /** Answers to exceptions carry `X-Error-Count`: the exceptions of this process. @default false */
  errorCountHeader: boolean;
  /** Is told of each alert. @default null */
  onAlert: ((alert: ThresholdFacts) => unknown) | null;
}

const STATUSES = listKind("a list of statuses, classes or ranges such as 404, 5xx, 400-499", (item) => {
  const [from, to] = parseStatusRange(item);
  return from === to ? from : typeof item === "string" ? item.trim().toLowerCase() : item;
});

export const ERROR_BOUNDARY_SPEC: GroupSpec<ErrorBoundaryOptions> = {
  enabled: { default: true, kind: BOOLEAN, doc: "The error-boundary layer.", names: ["error_tracking"] },
  header: { default: "X-Error-ID", kind: HEADER, doc: "Response header that names the error's event." },
  respond: {
    default: false,
    kind: BOOLEAN,
    doc: "Our JSON answers every exception in place of the app's own handler; without it only those that no handler has answered.",
  },
  details: {
    default: null,
    kind: tristateKind("where `environment` is development"),
    doc: "Our JSON tells type and message of the error, redacted; when not set only where `environment` is `development`.",
  },
  duration: { default: false, kind: BOOLEAN, doc: "Our JSON tells how long the request took, in seconds." },
  statusByType: {
    default: null,
    kind: {
      type: "code",
      allowed: "an object such as { ValidationError: 400, TimeoutError: 408 }, with statuses from 400 to 599",
      parse: parseStatusTable,
      fromText: readJson,
    },
    doc: "Statuses of our JSON by the type of the error.",
  },
  notify: {
    default: [400, 403, 404, 500],
    kind: STATUSES,
    doc: "Answers that Slack and e-mail are told of; of exceptions they always are.",
  },
  count: {
    default: ["400-599"],
    kind: STATUSES,
    doc: "Answers that are counted for alerts; exceptions always are.",
  },
  threshold: {
    default: 10,
    kind: integer(0, 1000),
    doc: "So many errors of one kind and route in `windowMs` raise an alert; 0 never.",
    names: ["alert_threshold"],
  },
  windowMs: {
    default: 300_000,
    kind: integer(1000, 86_400_000),
    doc: "The window, and how long after an alert its kind and route raise no other.",
    names: [{ name: "alert_window", convert: fromSeconds }],
  },
  maxKeys: {
    default: 1000,
    kind: integer(10, 100_000),
    doc: "Kinds and routes that are remembered; beyond it the one seen longest ago is forgotten.",
  },
  errorTypesToTrack: {
    default: [],
    kind: listKind("a list of names of errors", parseTypeName),
    doc: "Types of errors whose line is at `fatal` level.",
    names: ["error_types_to_track"],
  },
  errorTypeHeader: { default: false, kind: BOOLEAN, doc: "Answers to exceptions carry `X-Error-Type`." },
  errorCountHeader: {
    default: false,
    kind: BOOLEAN,
    doc: "Answers to exceptions carry `X-Error-Count`: the exceptions that this process has seen.",
  },
  onAlert: { default: null, kind: functionKind("(alert) => void"), doc: "Is told of each alert." },
};

function parseTypeName(item: unknown): string {
  if (typeof item === "string" && /^[\w$.-]{1,100}$/.test(item.trim())) return item.trim();
  throw new TypeError(`${JSON.stringify(item)} is no name of a type`);
}
