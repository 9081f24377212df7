import type { FixedHeader } from "../../gate/exchange.ts";
import type { HeaderValues, SecurityHeadersOptions } from "../../options/groups/security-headers.ts";
import { NONCE_PLACEHOLDER, parseCsp } from "../../options/values/parse-csp.ts";
import {
  parseFieldText,
  parseHsts,
  parseOneOf,
  parsePermissions,
  parseReferrerPolicy,
} from "../../options/values/parse-header-values.ts";

/** A policy with a nonce, cut where the nonce goes. */
export interface NoncePolicy {
  name: string;
  pieces: readonly string[];
}

/** What answers of one scheme carry. */
export interface HeaderSet {
  /** Every answer. */
  readonly plain: readonly FixedHeader[];
  /** Documents: the same, and the policies. */
  readonly document: readonly FixedHeader[];
  /** Documents too. */
  readonly nonces: readonly NoncePolicy[];
}

/** Ready-made headers of one set of options. */
export interface HeaderPlan {
  readonly http: HeaderSet;
  readonly https: HeaderSet;
  /** Whether documents carry more than other answers. */
  readonly asksForType: boolean;
}

/** Name of our endpoint in `report-to`. */
const ENDPOINT = "gatewatch-csp";
const UPGRADE = "upgrade-insecure-requests";

/** Everything that can be known at start. @throws TypeError for a value that cannot be sent. */
export function compileHeaders(options: HeaderValues & Pick<SecurityHeadersOptions, "reportPath">): HeaderPlan {
  const http = compileSet(options, false);
  const https = compileSet(options, true);
  const asksForType = [http, https].some(({ plain, document, nonces }) => plain !== document || nonces.length > 0);
  return { http, https, asksForType };
}

function compileSet(options: HeaderValues & Pick<SecurityHeadersOptions, "reportPath">, isSecure: boolean): HeaderSet {
  const plain: FixedHeader[] = [];
  const add = (name: string, value: string | false): void => {
    if (value !== false) plain.push({ lower: name.toLowerCase(), name, value });
  };
  if (isSecure) add("Strict-Transport-Security", parseHsts(options.strictTransportSecurity));
  add("X-Content-Type-Options", parseOneOf(["nosniff"])(options.xContentTypeOptions));
  add("X-Frame-Options", parseOneOf(["SAMEORIGIN", "DENY"])(options.xFrameOptions));
  add("Referrer-Policy", parseReferrerPolicy(options.referrerPolicy));
  add("Permissions-Policy", parsePermissions(options.permissionsPolicy));
  add("Cross-Origin-Opener-Policy", orFirst(options.crossOriginOpenerPolicy, "same-origin"));
  add("Cross-Origin-Resource-Policy", orFirst(options.crossOriginResourcePolicy, "same-origin"));
  add("Cross-Origin-Embedder-Policy", orFirst(options.crossOriginEmbedderPolicy, "require-corp"));
  add("Origin-Agent-Cluster", options.originAgentCluster && "?1");
  add("X-Permitted-Cross-Domain-Policies", orFirst(options.xPermittedCrossDomainPolicies, "none"));
  add("X-DNS-Prefetch-Control", orFirst(options.xDnsPrefetchControl, "off"));
  add("Cache-Control", parseFieldText(options.cacheControl));

  const policies = [
    { name: "Content-Security-Policy", text: parseCsp(options.contentSecurityPolicy) },
    { name: "Content-Security-Policy-Report-Only", text: parseCsp(options.contentSecurityPolicyReportOnly) },
  ].flatMap(({ name, text }) => {
    if (text === false) return [];
    const sent = finishPolicy(text, { isSecure, reportPath: options.reportPath });
    return sent === "" ? [] : [{ name, text: sent }];
  });
  const isTaking = options.reportPath !== null && policies.some(({ text }) => text.includes(`report-to ${ENDPOINT}`));
  const fixed: FixedHeader[] = policies
    .filter(({ text }) => !text.includes(NONCE_PLACEHOLDER))
    .map(({ name, text }) => ({ lower: name.toLowerCase(), name, value: text }));
  if (isTaking) {
    const value = `${ENDPOINT}="${options.reportPath}"`;
    fixed.push({ lower: "reporting-endpoints", name: "Reporting-Endpoints", value });
  }
  const nonces = policies
    .filter(({ text }) => text.includes(NONCE_PLACEHOLDER))
    .map(({ name, text }) => ({ name, pieces: text.split(NONCE_PLACEHOLDER) }));
  if (options.contentSecurityPolicyOn === "all") plain.push(...fixed.splice(0));
  return { plain, document: fixed.length === 0 ? plain : [...plain, ...fixed], nonces };
}

/** Over plain http browsers would ask for a server that may not be there. */
function finishPolicy(
  text: string,
  { isSecure, reportPath }: { isSecure: boolean; reportPath: string | null },
): string {
  const directives = text.split("; ").filter((directive) => isSecure || directive !== UPGRADE);
  const reports = directives.some((directive) => /^report-(?:uri|to) /.test(directive));
  if (reportPath !== null && !reports && directives.length > 0) {
    directives.push(`report-uri ${reportPath}`, `report-to ${ENDPOINT}`);
  }
  return directives.join("; ");
}

function orFirst(value: string | boolean, first: string): string | false {
  return value === true ? first : value;
}
