import { parseTrustList, TrustListError } from "../../gate/trust/parse-trust-list.ts";
import { checkPathPattern } from "../../gate/path-pattern.ts";
import type { CodeKind } from "../option-kinds.ts";
import { suggestName } from "../suggest-name.ts";
import type { RouteLimit } from "./rate-limit.ts";

export const LIMIT_ALGORITHMS = ["sliding-window", "fixed-window", "sliding-log", "token-bucket"] as const;
export const LIMIT_KEYS = ["address", "user", "token"] as const;
export const MAX_LIMIT = 1_000_000_000;
/** Thirty days. */
export const MAX_WINDOW_MS = 2_592_000_000;

export function wholeKind(allowed: string, min: number, max: number, { orNull = false } = {}): CodeKind {
  return {
    type: "code",
    allowed,
    parse: (value) => {
      if (typeof value === "function" && !orNull) return value;
      if (value === null && orNull) return value;
      return parseWhole(value, min, max);
    },
    fromText: (text) => (text.trim() === "" && orNull ? null : Number(text)),
  };
}

function parseWhole(value: unknown, min: number, max: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new TypeError(`${show(value)} is no whole number from ${min} to ${max}`);
}

export function nameKind(): CodeKind {
  return {
    type: "code",
    allowed: "1 to 50 printable characters without quotes",
    parse: parseName,
    fromText: (text) => text,
  };
}

function parseName(value: unknown): string {
  if (typeof value === "string" && /^[\w.:/*@-]{1,50}$/.test(value)) return value;
  throw new TypeError(`${show(value)} is no name of letters, digits and _ . : / * @ -`);
}

export function parseKey(value: unknown): unknown {
  if (typeof value === "function") return value;
  if (typeof value === "string" && LIMIT_KEYS.some((known) => known === value)) return value;
  const near = typeof value === "string" ? suggestName(value, LIMIT_KEYS) : undefined;
  throw new TypeError(`${show(value)} is no key${near === undefined ? "" : `; did you mean ${near}?`}`);
}

export function parseMethod(value: unknown): string {
  if (typeof value === "string" && /^[A-Za-z!#$%&'*+.^_`|~-]{1,30}$/.test(value)) return value.toUpperCase();
  throw new TypeError(`${show(value)} is no method`);
}

export function parseAddressBlock(value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`${show(value)} is no text`);
  try {
    parseTrustList([value.trim()]);
  } catch (error) {
    if (error instanceof TrustListError) throw new TypeError(error.message, { cause: error });
    throw error;
  }
  return value.trim();
}

export function parseText(value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new TypeError(`${show(value)} is no text`);
}

export function parseStatus(value: unknown): string {
  const text = String(value).toLowerCase();
  if (/^[1-5](?:\d\d|xx)$/.test(text)) return text;
  throw new TypeError(`${show(value)} is no status and no class of statuses`);
}

export function parseMessage(value: unknown): unknown {
  if (value === null || typeof value === "string" || typeof value === "function") return value;
  if (typeof value === "object") {
    try {
      JSON.stringify(value);
      return value;
    } catch (error) {
      throw new TypeError("it is an object that cannot become JSON", { cause: error });
    }
  }
  throw new TypeError(`it is a ${typeof value}`);
}

const ROUTE_FIELDS = ["limit", "windowMs", "algorithm", "burst", "key", "cost", "group"] as const;

export function parseRoutes(value: unknown): Readonly<Record<string, RouteLimit | false>> | null {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError(`it is ${show(value)}`);
  const routes: [string, RouteLimit | false][] = [];
  for (const [route, limits] of Object.entries(value)) {
    routes.push([checkPathPattern(route), limits === false ? false : parseRouteLimit(route, limits)]);
  }
  return Object.freeze(Object.fromEntries(routes));
}

function parseRouteLimit(route: string, value: unknown): RouteLimit {
  const given = typeof value === "number" || typeof value === "function" ? { limit: value } : value;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new TypeError(`routes[${show(route)}] is ${show(value)} instead of an object, a number or false`);
  }
  const limits: Record<string, unknown> = {};
  for (const [field, part] of Object.entries(given)) {
    if (part === undefined) continue;
    try {
      limits[field] = parseRouteField(field, part);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new TypeError(`routes[${show(route)}].${field}: ${error.message}`, { cause: error });
    }
  }
  return Object.freeze(limits);
}

function parseRouteField(field: string, value: unknown): unknown {
  switch (field) {
    case "limit":
    case "cost":
      return typeof value === "function" ? value : parseWhole(value, 0, MAX_LIMIT);
    case "windowMs":
      return parseWhole(value, 10, MAX_WINDOW_MS);
    case "burst":
      return value === null ? null : parseWhole(value, 1, MAX_LIMIT);
    case "algorithm":
      if (LIMIT_ALGORITHMS.some((known) => known === value)) return value;
      throw new TypeError(`${show(value)} is none of ${LIMIT_ALGORITHMS.join(", ")}`);
    case "key":
      return parseKey(value);
    case "group":
      return parseName(value);
    default: {
      const near = suggestName(field, ROUTE_FIELDS);
      throw new TypeError(`does not exist${near === undefined ? "" : `; did you mean ${near}?`}`);
    }
  }
}

function show(value: unknown): string {
  return typeof value === "function" ? "a function" : (JSON.stringify(value)?.slice(0, 80) ?? String(value));
}
