import { ConfigError } from "../config-error.ts";
import type { CorsOptions, CorsRules } from "../groups/cors.ts";
import { compileOrigins, type Origins } from "./compile-origins.ts";

/** @throws ConfigError for rules, those of routes included, that would let strangers act for a user. */
export function checkCors(options: CorsOptions): void {
  checkCorsRules(options, compileOrigins(options.origins), "cors");
  for (const [path, own] of Object.entries(options.routes ?? {})) {
    if (own === false) continue;
    const rules = { ...options, ...own };
    checkCorsRules(rules, compileOrigins(rules.origins), `cors.routes["${path}"]`);
  }
}

/** The same for one set of rules. */
export function checkCorsRules(rules: CorsRules, origins: Origins, where: string): void {
  const { credentials, exposedHeaders, allowedHeaders, methods } = rules;
  if (!credentials || origins.kind === "none") return;
  refuseEverybody(origins, where);
  for (const [name, list] of Object.entries({ methods, allowedHeaders: allowedHeaders ?? [], exposedHeaders })) {
    if (!list.includes("*")) continue;
    throw new ConfigError(
      "invalid_option",
      `${where}.${name}`,
      `${where}.${name} has "*", which is a mere name in answers with credentials; allowed is a list of names.`,
    );
  }
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
