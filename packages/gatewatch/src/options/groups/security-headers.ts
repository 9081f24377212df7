import { checkPathPattern } from "../../gate/path-pattern.ts";
import { type CspValue, parseCsp } from "../values/parse-csp.ts";
import {
  type HstsValue,
  parseFieldText,
  parseHsts,
  parseOneOf,
  parsePermissions,
  parseReferrerPolicy,
  type PermissionsValue,
} from "../values/parse-header-values.ts";
import { BOOLEAN, choice, type GroupSpec, integer, type OptionKind } from "../option-kinds.ts";
import { PATHS } from "../code-kinds.ts";
import { suggestName } from "../suggest-name.ts";
import { splitList } from "../values/split-list.ts";

/** What one answer carries; `false` leaves a header out, `true` stands for its usual value. */
export interface HeaderValues {
  /** Enforced policy, as text or as directives; `'nonce'` stands for the request's nonce. @default false */
  contentSecurityPolicy: CspValue;
  /** Policy that browsers only report about. @default false */
  contentSecurityPolicyReportOnly: CspValue;
  /** Answers that carry policies: those that browsers show as documents (HTML, XHTML, SVG, XML), or all. @default "documents" */
  contentSecurityPolicyOn: "documents" | "all";
  /** Sent over https only. @default "max-age=31536000" */
  strictTransportSecurity: HstsValue;
  /** @default "nosniff" */
  xContentTypeOptions: "nosniff" | boolean;
  /** @default "SAMEORIGIN" */
  xFrameOptions: "SAMEORIGIN" | "DENY" | boolean;
  /** @default "strict-origin-when-cross-origin" */
  referrerPolicy: string | readonly string[] | boolean;
  /** @default false */
  permissionsPolicy: PermissionsValue;
  /** @default false */
  crossOriginOpenerPolicy:
    | "same-origin"
    | "same-origin-allow-popups"
    | "noopener-allow-popups"
    | "unsafe-none"
    | boolean;
  /** @default false */
  crossOriginResourcePolicy: "same-origin" | "same-site" | "cross-origin" | boolean;
  /** @default false */
  crossOriginEmbedderPolicy: "require-corp" | "credentialless" | "unsafe-none" | boolean;
  /** `?1`: pages of one origin share a process with no other origin. @default false */
  originAgentCluster: boolean;
  /** @default "none" */
  xPermittedCrossDomainPolicies: "none" | "master-only" | "by-content-type" | "all" | boolean;
  /** @default false */
  xDnsPrefetchControl: "off" | "on" | boolean;
  /** Where the app says nothing about caching. @default false */
  cacheControl: string | false;
}

export interface SecurityHeadersOptions extends HeaderValues {
  /** @default true */
  enabled: boolean;
  /** `X-Powered-By` is taken away. @default true */
  removePoweredBy: boolean;
  /** Paths whose answers tell the browser to forget the site, for signing out; a `*` at the end stands for any rest. @default [] */
  signOutPaths: readonly string[];
  /** What it forgets there. @default ["cache", "cookies", "storage"] */
  clearSiteData: readonly string[];
  /** Path at which browsers' reports about policies arrive and become events; null: none is taken. @default null */
  reportPath: string | null;
  /** Reports that become events per minute; further ones are counted. @default 60 */
  reportsPerMinute: number;
  /** Other values by path. @default null */
  routes: Readonly<Record<string, Partial<HeaderValues>>> | null;
}

const REFERRER_DEFAULT = "strict-origin-when-cross-origin";
const CLEARABLE = [
  "cache",
  "cookies",
  "storage",
  "clientHints",
  "executionContexts",
  "prefetchCache",
  "prerenderCache",
  "*",
];

const CSP: OptionKind = code("a policy as text, an object of directives, or false", parseCsp);
const FRAME_OPTIONS = oneOf("SAMEORIGIN", "DENY");

/** The kinds of all that a route may have its own value of. */
const VALUE_KINDS: { readonly [K in keyof HeaderValues]: OptionKind } = {
  contentSecurityPolicy: CSP,
  contentSecurityPolicyReportOnly: CSP,
  contentSecurityPolicyOn: choice("documents", "all"),
  strictTransportSecurity: code('a text such as "max-age=31536000; includeSubDomains", an object, or false', parseHsts),
  xContentTypeOptions: oneOf("nosniff"),
  xFrameOptions: FRAME_OPTIONS,
  referrerPolicy: code("a referrer policy, a list of them, or false", parseReferrerPolicy),
  permissionsPolicy: code(
    'a text such as "camera=(), geolocation=(self)", an object such as { camera: [] }, or false',
    parsePermissions,
  ),
  crossOriginOpenerPolicy: oneOf("same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none"),
  crossOriginResourcePolicy: oneOf("same-origin", "same-site", "cross-origin"),
  crossOriginEmbedderPolicy: oneOf("require-corp", "credentialless", "unsafe-none"),
  originAgentCluster: BOOLEAN,
  xPermittedCrossDomainPolicies: oneOf("none", "master-only", "by-content-type", "all"),
  xDnsPrefetchControl: oneOf("off", "on"),
  cacheControl: code("the text of a Cache-Control header, or false", parseFieldText),
};

export const SECURITY_HEADERS_SPEC: GroupSpec<SecurityHeadersOptions> = {
  enabled: { default: true, kind: BOOLEAN, doc: "The security-headers layer." },
  contentSecurityPolicy: {
    default: false,
    kind: CSP,
    doc: "Content-Security-Policy, as text or as directives; `'nonce'` stands for the request's nonce (`req.gatewatch.cspNonce`).",
  },
  contentSecurityPolicyReportOnly: {
    default: false,
    kind: CSP,
    doc: "Policy that browsers only report about.",
  },
  contentSecurityPolicyOn: {
    default: "documents",
    kind: VALUE_KINDS.contentSecurityPolicyOn,
    doc: "Answers that carry policies: `documents` (HTML, XHTML, SVG, XML) or `all`.",
  },
  strictTransportSecurity: {
    default: "max-age=31536000",
    kind: VALUE_KINDS.strictTransportSecurity,
    doc: "Strict-Transport-Security, sent over https only.",
  },
  xContentTypeOptions: {
    default: "nosniff",
    kind: VALUE_KINDS.xContentTypeOptions,
    doc: "X-Content-Type-Options: browsers believe the Content-Type.",
  },
  xFrameOptions: {
    default: "SAMEORIGIN",
    kind: FRAME_OPTIONS,
    doc: "X-Frame-Options: whose pages may show ours in a frame.",
  },
  referrerPolicy: {
    default: REFERRER_DEFAULT,
    kind: VALUE_KINDS.referrerPolicy,
    doc: "Referrer-Policy; of a list browsers use the last that they know.",
  },
  permissionsPolicy: {
    default: false,
    kind: VALUE_KINDS.permissionsPolicy,
    doc: "Permissions-Policy: which features of the browser pages may use.",
  },
  crossOriginOpenerPolicy: {
    default: false,
    kind: VALUE_KINDS.crossOriginOpenerPolicy,
    doc: "Cross-Origin-Opener-Policy.",
  },
  crossOriginResourcePolicy: {
    default: false,
    kind: VALUE_KINDS.crossOriginResourcePolicy,
    doc: "Cross-Origin-Resource-Policy.",
  },
  crossOriginEmbedderPolicy: {
    default: false,
    kind: VALUE_KINDS.crossOriginEmbedderPolicy,
    doc: "Cross-Origin-Embedder-Policy.",
  },
  originAgentCluster: {
    default: false,
    kind: BOOLEAN,
    doc: "Origin-Agent-Cluster `?1`: pages of one origin share a process with no other origin.",
  },
  xPermittedCrossDomainPolicies: {
    default: "none",
    kind: VALUE_KINDS.xPermittedCrossDomainPolicies,
    doc: "X-Permitted-Cross-Domain-Policies, for Acrobat and Flash.",
  },
  xDnsPrefetchControl: {
    default: false,
    kind: VALUE_KINDS.xDnsPrefetchControl,
    doc: "X-DNS-Prefetch-Control: `off` keeps browsers from looking up the hosts of links.",
  },
  cacheControl: {
    default: false,
    kind: VALUE_KINDS.cacheControl,
    doc: "Cache-Control of answers whose app says nothing about caching.",
  },
  removePoweredBy: { default: true, kind: BOOLEAN, doc: "`X-Powered-By` is taken away." },
  signOutPaths: {
    default: [],
    kind: PATHS,
    doc: "Paths whose answers carry Clear-Site-Data, for signing out.",
  },
  clearSiteData: {
    default: ["cache", "cookies", "storage"],
    kind: code(`a list of ${CLEARABLE.join(", ")}`, parseClearable, splitList),
    doc: "What browsers forget after signing out.",
  },
  reportPath: {
    default: null,
    kind: code("a path such as /__gatewatch/csp, or null", parseReportPath),
    doc: "Path at which browsers' reports about policies arrive and become events (`/__gatewatch/csp` is a good one); none without it.",
  },
  reportsPerMinute: {
    default: 60,
    kind: integer(0, 100_000),
    doc: "Reports that become events per minute; further ones are counted.",
  },
  routes: {
    default: null,
    kind: {
      type: "code",
      allowed: "an object of paths, each with the headers that differ there",
      parse: parseRoutes,
    },
    doc: "Other header values by path.",
  },
};

function oneOf(...values: string[]): OptionKind {
  return code(`one of ${values.join(", ")}, or false`, parseOneOf(values));
}

function code(
  allowed: string,
  parse: (value: unknown) => unknown,
  fromText: (text: string) => unknown = readText,
): OptionKind {
  return { type: "code", allowed, parse, fromText };
}

/** `off` is a value of X-DNS-Prefetch-Control: only `false` leaves a header out. */
function readText(text: string): unknown {
  const trimmed = text.trim();
  return trimmed === "false" ? false : trimmed === "true" ? true : trimmed;
}

function parseClearable(value: unknown): readonly string[] {
  const names: unknown[] = [value].flat();
  if (names.length === 0) throw new TypeError("an empty list clears nothing");
  for (const name of names) {
    if (typeof name === "string" && CLEARABLE.includes(name)) continue;
    const near = typeof name === "string" ? suggestName(name, CLEARABLE) : undefined;
    throw new TypeError(
      `${JSON.stringify(name)} cannot be cleared${near === undefined ? "" : `; did you mean ${near}?`}`,
    );
  }
  return Object.freeze(names as string[]);
}

function parseReportPath(value: unknown): string | null {
  if (value === null || value === false || value === "") return null;
  if (value === true) return "/__gatewatch/csp";
  const path = checkPathPattern(value);
  if (/[*;, ]|\/:/.test(path))
    throw new TypeError(`${JSON.stringify(path)} has a character that would end it in a policy`);
  return path;
}

function parseRoutes(value: unknown): SecurityHeadersOptions["routes"] {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError("it is no object");
  const routes: Record<string, Partial<HeaderValues>> = {};
  for (const [pattern, values] of Object.entries(value as Record<string, unknown>)) {
    const path = checkPathPattern(pattern);
    if (typeof values !== "object" || values === null) throw new TypeError(`${pattern} has no object of headers`);
    routes[path] = Object.freeze(parseHeaderValues(values, pattern));
  }
  return Object.freeze(routes);
}

/** Header values of one route, checked. @throws TypeError naming the header. */
export function parseHeaderValues(values: object, where: string): Partial<HeaderValues> {
  const parsed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (!isValueName(name)) {
      const near = suggestName(name, Object.keys(VALUE_KINDS));
      throw new TypeError(`${where}: ${name} does not exist${near === undefined ? "" : `; did you mean ${near}?`}`);
    }
    if (value !== undefined) parsed[name] = parseOne(name, value, where);
  }
  return parsed;
}

function parseOne(name: keyof HeaderValues, value: unknown, where: string): unknown {
  const kind = VALUE_KINDS[name];
  try {
    if (kind.type === "code") return kind.parse(value);
    if (kind.type === "choice" ? kind.values.includes(String(value)) : typeof value === "boolean") return value;
  } catch (error) {
    if (error instanceof TypeError) throw new TypeError(`${where}, ${name}: ${error.message}`, { cause: error });
    throw error;
  }
  throw new TypeError(`${where}, ${name}: ${JSON.stringify(value)} is not one of its values`);
}

function isValueName(name: string): name is keyof HeaderValues {
  return Object.hasOwn(VALUE_KINDS, name);
}
