import { type Breadcrumb, type LogLevel, WIRE_LIMITS } from "@gatewatch/protocol";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import type { FactsReader } from "../read-facts.ts";
import { LOG_LEVELS } from "../read-base.ts";
import { type Fields, fieldsOf, objectsOf, pairsOf, readLooseFacts, textOf } from "./loose-values.ts";
import { tryParseTime } from "./sentry-time.ts";

const HTTP = /^(?:http|httplib|fetch|xhr|requests|aiohttp|httpx)$/;
const QUERY = /^(?:query|db(?:\..*)?|redis|sql)$/;
const LOG = /^(?:console|log|logger|debug|error)$/;
const WORDS: Readonly<Record<string, LogLevel>> = { warning: "warn", critical: "fatal", log: "info" };

/** The newest crumbs of an event, oldest first; undefined when there are none. */
export function tryReadBreadcrumbs(event: Fields, time: number, facts: FactsReader): Breadcrumb[] | undefined {
  const crumbs = objectsOf(event["breadcrumbs"]).slice(-WIRE_LIMITS.maxBreadcrumbs);
  return crumbs.length === 0 ? undefined : crumbs.map((crumb) => readBreadcrumb(crumb, time, facts));
}

function readBreadcrumb(fields: Fields, eventTime: number, facts: FactsReader): Breadcrumb {
  const type = textOf(fields["type"], 64) ?? "";
  const name = textOf(fields["category"], 128) ?? type;
  const category = categoryOf(type, name);
  const crumb: Breadcrumb = {
    time: Math.min(tryParseTime(fields["timestamp"]) ?? eventTime, 8.64e15),
    category,
    message: textOf(fields["message"], TRUNCATED_LENGTHS.message) ?? describe(category, name, fieldsOf(fields["data"])),
  };
  const level = readLevel(fields["level"]);
  if (level !== undefined) crumb.level = level;
  const data = readLooseFacts(
    [
      ...(category === "custom" && name !== "" ? [["category", name] as [string, unknown]] : []),
      ...pairsOf(fields["data"]),
    ],
    facts,
  );
  if (data !== undefined) crumb.data = data;
  return crumb;
}

function categoryOf(type: string, name: string): Breadcrumb["category"] {
  if (HTTP.test(name) || type === "http") return "http";
  if (QUERY.test(name) || type === "query") return "query";
  return LOG.test(name) || LOG.test(type) ? "log" : "custom";
}

function describe(category: Breadcrumb["category"], name: string, data: Fields): string {
  if (category !== "http") return name;
  const parts = [
    data["method"] ?? data["http.method"],
    data["url"],
    data["status_code"] ?? data["http.response.status_code"],
  ];
  return parts.flatMap((part) => textOf(part, TRUNCATED_LENGTHS.url) ?? []).join(" ");
}

/** Levels by the words of either side. */
export function readLevel(value: unknown): LogLevel | undefined {
  const word = typeof value === "string" ? value.toLowerCase() : "";
  return LOG_LEVELS.find((level) => level === word) ?? (Object.hasOwn(WORDS, word) ? WORDS[word] : undefined);
}
