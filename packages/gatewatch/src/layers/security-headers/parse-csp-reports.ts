import type { Attributes } from "@gatewatch/protocol";

const MAX_TEXT = 500;

/** The reports of one body, in either of the two formats, as flat facts; undefined when it is neither. Addresses lose query and fragment. */
export function tryParseCspReports(text: string): Attributes[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (Array.isArray(json)) return json.flatMap((report) => readModern(report));
  if (!isObject(json)) return undefined;
  const legacy = json["csp-report"];
  if (isObject(legacy)) return [readLegacy(legacy)];
  return "type" in json && "body" in json ? readModern(json) : undefined;
}

/** Reporting API (`application/reports+json`); other kinds of reports are none of ours. */
function readModern(report: unknown): Attributes[] {
  if (!isObject(report) || report["type"] !== "csp-violation" || !isObject(report["body"])) return [];
  const { body } = report;
  return [
    some({
      document: address(body["documentURL"] ?? report["url"]),
      blocked: address(body["blockedURL"]),
      directive: word(body["effectiveDirective"]),
      disposition: word(body["disposition"]),
      source: address(body["sourceFile"]),
      line: whole(body["lineNumber"]),
      column: whole(body["columnNumber"]),
      status: whole(body["statusCode"]),
      sample: word(body["sample"]),
      referrer: address(body["referrer"]),
    }),
  ];
}

/** CSP Level 2 (`application/csp-report`). */
function readLegacy(report: Record<string, unknown>): Attributes {
  return some({
    document: address(report["document-uri"]),
    blocked: address(report["blocked-uri"]),
    directive: word(report["effective-directive"] ?? report["violated-directive"]),
    disposition: word(report["disposition"]),
    source: address(report["source-file"]),
    line: whole(report["line-number"]),
    column: whole(report["column-number"]),
    status: whole(report["status-code"]),
    sample: word(report["script-sample"]),
    referrer: address(report["referrer"]),
  });
}

function word(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, MAX_TEXT) : undefined;
}

/** Browsers put words (`inline`, `eval`, `data`) in place of addresses too. */
function address(value: unknown): string | undefined {
  const text = word(value);
  return text === undefined ? undefined : text.replace(/[?#].*$/s, "");
}

function whole(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function some(facts: Record<string, string | number | undefined>): Attributes {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Attributes;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
