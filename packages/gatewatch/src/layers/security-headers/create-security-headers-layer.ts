import type { Clock } from "../../gate/clock.ts";
import { cspNonceOf } from "../../gate/csp-nonce.ts";
import type { FixedHeader, ResponseHead } from "../../gate/exchange.ts";
import type { Layer } from "../../gate/layer.ts";
import { createSlot } from "../../gate/slot.ts";
import type { SecurityHeadersOptions } from "../../options/groups/security-headers.ts";
import type { Recorder } from "../../record/recorder.ts";
import { PathTable, settleByAny } from "../../gate/path-table.ts";
import { setAbsent } from "../set-absent.ts";
import { compileHeaders, type HeaderPlan, type HeaderSet, type NoncePolicy } from "./compile-headers.ts";
import { CspReports } from "./take-csp-reports.ts";

export interface SecurityHeadersPorts {
  recorder: Pick<Recorder, "recordFact">;
  clock: Clock;
}

/** Set once an inner layer of this kind, for example of one route, has decided. */
const DECIDED = createSlot<true>("security-headers");

/** Headers that tell browsers to be careful. What the app has set stays; only `X-Powered-By` goes. */
export function createSecurityHeadersLayer(options: SecurityHeadersOptions, ports: SecurityHeadersPorts): Layer {
  const { removePoweredBy, reportPath, routes, signOutPaths, clearSiteData, reportsPerMinute } = options;
  const usual = compileHeaders(options);
  const special = compileRoutes(options, routes, usual);
  const clearing = compileClearing(signOutPaths, clearSiteData);
  const layer: Layer = {
    name: "security-headers",
    onHead(x, head) {
      if (DECIDED.get(x) !== undefined) return;
      DECIDED.set(x, true);
      if (!options.enabled) return;
      if (removePoweredBy && head.has("x-powered-by")) head.remove("X-Powered-By");
      const cleared = clearing?.find(x.method, x.path);
      if (cleared !== undefined && head.status < 400) setAbsent(head, cleared);
      const plan = special?.find(x.method, x.path) ?? usual;
      const set = plan.http === plan.https ? plan.http : plan[x.scheme];
      if (!plan.asksForType || !isDocument(head)) {
        setAbsent(head, set.plain);
        return;
      }
      setAbsent(head, set.document);
      for (const policy of set.nonces) setNoncePolicy(head, policy, cspNonceOf(x));
    },
  };
  if (reportPath !== null) {
    const reports = new CspReports({ reportsPerMinute, ...ports });
    layer.onRequest = (x) => (x.method === "POST" && x.path === reportPath ? reports.take(x) : undefined);
    layer.stats = () => ({ ...reports.counts });
  }
  return layer;
}

function compileRoutes(
  options: SecurityHeadersOptions,
  routes: SecurityHeadersOptions["routes"],
  usual: HeaderPlan,
): PathTable<HeaderPlan> | undefined {
  if (routes === null) return undefined;
  return new PathTable(
    Object.entries(routes).map(([path, values]) => [path, compileHeaders({ ...options, ...values })] as const),
    // Another spelling never takes a header away.
    (found) => [found[1], ...found].find((plan) => plan !== undefined && hasAllOf(plan, usual)),
  );
}

function hasAllOf(plan: HeaderPlan, usual: HeaderPlan): boolean {
  return (["http", "https"] as const).every((scheme) => {
    const names = namesIn(plan[scheme]);
    return namesIn(usual[scheme]).every((name) => names.includes(name));
  });
}

function namesIn({ document, nonces }: HeaderSet): string[] {
  return [...document.map(({ lower }) => lower), ...nonces.map(({ name }) => name.toLowerCase())];
}

function compileClearing(paths: readonly string[], names: readonly string[]): PathTable<FixedHeader[]> | undefined {
  if (paths.length === 0) return undefined;
  const value = names.map((name) => `"${name}"`).join(",");
  const headers = [{ name: "Clear-Site-Data", lower: "clear-site-data", value }];
  return new PathTable(
    paths.map((path) => [path, headers] as const),
    settleByAny,
  );
}

function setNoncePolicy(head: ResponseHead, { name, pieces }: NoncePolicy, nonce: string): void {
  if (!head.has(name)) head.set(name, pieces.join(`'nonce-${nonce}'`));
}

/**
 * Whether browsers may show the answer as a document, which is what policies are about. Answers without a type count; a 304 does not:
 * a new nonce in it would no longer fit the page that the browser has kept.
 */
function isDocument(head: ResponseHead): boolean {
  const { status } = head;
  if (status === 304 || status === 204) return false;
  const type = head.get("content-type");
  if (type === undefined) return true;
  if (type.startsWith("application/json") || type.startsWith("image/png")) return false;
  return /^\s*(?:text\/html|text\/xml|[^;]*xml)/i.test(type);
}
