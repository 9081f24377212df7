import type { FixedHeader } from "../../gate/exchange.ts";
import type { CorsRules } from "../../options/groups/cors.ts";
import { checkCorsRules } from "../../options/values/check-cors.ts";
import { compileOrigins, type Origins } from "../../options/values/compile-origins.ts";

/** Ready-made answers of one set of rules. */
export interface CorsPlan {
  origins: Exclude<Origins, { kind: "none" }>;
  /** Headers of every allowed answer, without the origin when it differs. */
  always: readonly FixedHeader[];
  methods: readonly string[];
  methodsText: string;
  /** Undefined: what the browser asks for. */
  allowedHeaders: ReadonlySet<string> | undefined;
  allowedHeadersText: string;
  maxAgeText: string;
  credentials: boolean;
  privateNetwork: boolean;
  strictPreflight: boolean;
  isPassing: boolean;
}

/** Undefined when no origin is allowed. @throws ConfigError for rules that would let strangers act for a user. */
export function compileCors(rules: CorsRules, where: string): CorsPlan | undefined {
  const origins = compileOrigins(rules.origins);
  if (origins.kind === "none") return undefined;
  checkCorsRules(rules, origins, where);
  const { credentials, exposedHeaders, allowedHeaders, methods } = rules;
  const always: FixedHeader[] = [];
  if (origins.kind === "any") always.push(fixed("Access-Control-Allow-Origin", "*"));
  if (credentials) always.push(fixed("Access-Control-Allow-Credentials", "true"));
  if (exposedHeaders.length > 0) always.push(fixed("Access-Control-Expose-Headers", exposedHeaders.join(", ")));
  return {
    origins,
    always,
    methods,
    methodsText: methods.join(", "),
    allowedHeaders: allowedHeaders === null ? undefined : new Set(allowedHeaders.map((name) => name.toLowerCase())),
    allowedHeadersText: allowedHeaders?.join(", ") ?? "",
    maxAgeText: String(rules.maxAgeSeconds),
    credentials,
    privateNetwork: rules.privateNetwork,
    strictPreflight: rules.strictPreflight,
    isPassing: rules.preflight === "pass",
  };
}

function fixed(name: string, value: string): FixedHeader {
  return { name, lower: name.toLowerCase(), value };
}
