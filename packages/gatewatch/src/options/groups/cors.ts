import { compileOrigins, type OriginsValue } from "../values/compile-origins.ts";
import { checkPathPattern } from "../../gate/path-pattern.ts";
import { listKind } from "../code-kinds.ts";
import { BOOLEAN, choice, type CodeKind, type GroupSpec, integer, type OptionKind } from "../option-kinds.ts";
import { suggestName } from "../suggest-name.ts";
import { HEADER_NAME } from "../values/header-name.ts";
import { splitList } from "../values/split-list.ts";

/** What holds for the answers of one path. */
export interface CorsRules {
  /** Who may read answers: origins, `https://*.example.com`, anchored regular expressions, a function, or `*`. @default false */
  origins: OriginsValue;
  /** @default ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"] */
  methods: readonly string[];
  /** Request headers that are allowed; null: those that the browser asks for. @default null */
  allowedHeaders: readonly string[] | null;
  /** Answer headers that scripts may read. @default [] */
  exposedHeaders: readonly string[];
  /** Cookies and credentials are allowed. @default false */
  credentials: boolean;
  /** How long browsers may keep the answer to a preflight (seconds). @default 600 */
  maxAgeSeconds: number;
  /** Public pages may reach this server in a private network. @default false */
  privateNetwork: boolean;
  /** Preflights that are not allowed get 403, OPTIONS that are no preflights 400. @default false */
  strictPreflight: boolean;
  /** Who answers preflights: we, or the app with our headers. @default "answer" */
  preflight: "answer" | "pass";
}

export interface CorsOptions extends CorsRules {
  /** Whether the layer works once there are origins. @default true */
  enabled: boolean;
  /** Other rules by path; `false`: none. @default null */
  routes: Readonly<Record<string, Partial<CorsRules> | false>> | null;
}

const HEADER_NAMES = namesKind("a list of header names");

const RULE_KINDS: { readonly [K in keyof CorsRules]: OptionKind } = {
  origins: {
    type: "code",
    allowed:
      'origins such as "https://app.example.com" or "https://*.example.com", anchored regular expressions, a list of them, a function (origin, exchange) => boolean, "*", or false',
    parse: parseOrigins,
    fromText: (text) => (text.trim() === "false" ? false : splitList(text)),
  },
  methods: namesKind("a list of methods", (name) => name.toUpperCase()),
  allowedHeaders: {
    type: "code",
    allowed: "a list of header names, or null for those that browsers ask for",
    parse: (value) => (value === null ? null : HEADER_NAMES.parse(value)),
    fromText: splitList,
  },
  exposedHeaders: HEADER_NAMES,
  credentials: BOOLEAN,
  maxAgeSeconds: integer(0, 31_536_000),
  privateNetwork: BOOLEAN,
  strictPreflight: BOOLEAN,
  preflight: choice("answer", "pass"),
};

export const CORS_SPEC: GroupSpec<CorsOptions> = {
  enabled: { default: true, kind: BOOLEAN, doc: "The cors layer; it works once there are origins." },
  origins: {
    default: false,
    kind: RULE_KINDS.origins,
    doc: "Who may read answers: origins, `https://*.example.com`, anchored regular expressions, a function, or `*`.",
  },
  methods: {
    default: ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"],
    kind: RULE_KINDS.methods,
    doc: "Methods that preflights are told.",
  },
  allowedHeaders: {
    default: null,
    kind: RULE_KINDS.allowedHeaders,
    doc: "Request headers that are allowed; those that the browser asks for when not set.",
  },
  exposedHeaders: { default: [], kind: RULE_KINDS.exposedHeaders, doc: "Answer headers that scripts may read." },
  credentials: {
    default: false,
    kind: BOOLEAN,
    doc: "Cookies and credentials are allowed; refused together with origins that let everybody in.",
  },
  maxAgeSeconds: {
    default: 600,
    kind: RULE_KINDS.maxAgeSeconds,
    doc: "How long browsers may keep the answer to a preflight (seconds).",
  },
  privateNetwork: {
    default: false,
    kind: BOOLEAN,
    doc: "Public pages may reach this server in a private network (`Access-Control-Allow-Private-Network`).",
  },
  strictPreflight: {
    default: false,
    kind: BOOLEAN,
    doc: "Preflights that are not allowed get 403, OPTIONS that are no preflights 400.",
  },
  preflight: {
    default: "answer",
    kind: RULE_KINDS.preflight,
    doc: "Who answers preflights: `answer` we, `pass` the app, with our headers.",
  },
  routes: {
    default: null,
    kind: {
      type: "code",
      allowed: "an object of paths, each with the rules that differ there, or false",
      parse: parseRoutes,
    },
    doc: "Other rules by path; `false`: none.",
  },
};

function parseOrigins(value: unknown): OriginsValue {
  compileOrigins(value);
  return (value === null ? false : value) as OriginsValue;
}

/** Methods and header names are tokens alike (RFC 9110, section 5.6.2). */
function namesKind(allowed: string, mend = (name: string): string => name): CodeKind {
  return listKind(allowed, (item) => {
    if (typeof item === "string" && HEADER_NAME.test(item.trim())) return mend(item.trim());
    throw new TypeError(`${JSON.stringify(item) ?? typeof item} is no name`);
  });
}

function parseRoutes(value: unknown): CorsOptions["routes"] {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError("it is no object");
  const routes: Record<string, Partial<CorsRules> | false> = {};
  for (const [pattern, rules] of Object.entries(value as Record<string, unknown>)) {
    const path = checkPathPattern(pattern);
    if (rules !== false && (typeof rules !== "object" || rules === null))
      throw new TypeError(`${pattern} has no rules`);
    routes[path] = rules === false ? false : Object.freeze(parseRules(rules, pattern));
  }
  return Object.freeze(routes);
}

function parseRules(rules: object, where: string): Partial<CorsRules> {
  const parsed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rules)) {
    if (!Object.hasOwn(RULE_KINDS, name)) {
      const near = suggestName(name, Object.keys(RULE_KINDS));
      throw new TypeError(`${where}: ${name} does not exist${near === undefined ? "" : `; did you mean ${near}?`}`);
    }
    if (value !== undefined) parsed[name] = parseRule(name as keyof CorsRules, value, where);
  }
  return parsed;
}

function parseRule(name: keyof CorsRules, value: unknown, where: string): unknown {
  const kind = RULE_KINDS[name];
  if (kind.type === "code") {
    try {
      return kind.parse(value);
    } catch (error) {
      if (error instanceof TypeError) throw new TypeError(`${where}, ${name}: ${error.message}`, { cause: error });
      throw error;
    }
  }
  if (kind.type === "boolean" && typeof value === "boolean") return value;
  if (kind.type === "choice" && typeof value === "string" && kind.values.includes(value)) return value;
  if (
    kind.type === "integer" &&
    Number.isInteger(value) &&
    (value as number) >= kind.min &&
    (value as number) <= kind.max
  ) {
    return value;
  }
  throw new TypeError(`${where}, ${name}: ${JSON.stringify(value)} is not one of its values`);
}
