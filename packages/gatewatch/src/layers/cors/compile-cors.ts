import type { FixedHeader } from "../../gate/exchange.ts";
import { ConfigError } from "../../options/config-error.ts";
import type { CorsRules } from "../../options/groups/cors.ts";
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
  const { credentials, exposedHeaders, allowedHeaders, methods } = rules;
  if (credentials) refuseEverybody(origins, where);
  for (const [name, list] of Object.entries({ methods, allowedHeaders: allowedHeaders ?? [], exposedHeaders })) {
    if (credentials && list.includes("*")) {
      throw new ConfigError(
        "invalid_option",
        `${where}.${name}`,
        `${where}.${name} has "*", which is a mere name in answers with credentials; allowed is a list of names.`,
      );
    }
  }
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

/** With credentials, an origin that is let in reads and acts with the user's own rights. */
function refuseEverybody(origins: Origins, where: string): void {
  const wide =
    origins.kind === "any"
      ? '"*"'
      : origins.kind === "some" && origins.tooWide !== undefined
        ? origins.tooWide
        : undefined;
  if (wide === undefined) return;
  throw new ConfigError(
    "unsafe_option",
    `${where}.credentials`,
    `${where}.credentials is true while ${where}.origins is ${wide}: any page on the web could read the answers with the user's own cookies. Name the origins, or leave credentials out.`,
  );
}

function fixed(name: string, value: string): FixedHeader {
  return { name, lower: name.toLowerCase(), value };
}
