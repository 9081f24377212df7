import type { EarlyReply, Exchange, ResponseHead } from "../../gate/exchange.ts";
import type { Layer } from "../../gate/layer.ts";
import { createSlot } from "../../gate/slot.ts";
import type { CorsOptions, CorsRules } from "../../options/groups/cors.ts";
import { addVary } from "../add-vary.ts";
import { PathTable, settleByCanonical } from "../../gate/path-table.ts";
import { setAbsent } from "../set-absent.ts";
import { compileCors, type CorsPlan } from "./compile-cors.ts";
import { isOrigin, type OriginTest } from "../../options/values/compile-origins.ts";
import { buildPreflight, isPreflightAllowed } from "./preflight.ts";

/** What the app's own function has said about the origin of an exchange. */
const ANSWER = createSlot<boolean>("cors-answer");
/** Set once an inner layer of this kind, for example of one route, has decided. */
const DECIDED = createSlot<true>("cors");

export interface CorsCounts {
  preflights: number;
  preflightsRefused: number;
  /** Failures of the app's own function; the origin is then not allowed. */
  originTestsFailed: number;
}

/** Whether there is anything to do: CORS is off until origins are named. */
export function isCorsNeeded({ enabled, origins, routes }: CorsOptions): boolean {
  const isNamed = origins !== false && !(Array.isArray(origins) && origins.length === 0);
  return enabled && (isNamed || routes !== null);
}

/** Cross-origin resource sharing (Fetch standard, section 3.2): preflights are answered, and each answer says who may read it. */
export function createCorsLayer(options: CorsOptions): Layer {
  const usual = compileCors(options, "cors");
  const special = compileRoutes(options, options.routes);
  const counts: CorsCounts = { preflights: 0, preflightsRefused: 0, originTestsFailed: 0 };
  const planOf = (x: Exchange): CorsPlan | undefined => {
    if (!options.enabled) return undefined;
    const own = special?.find(methodOf(x), x.path);
    return own === undefined ? usual : (own ?? undefined);
  };

  async function ask(x: Exchange, plan: CorsPlan, answer: Promise<boolean>): Promise<EarlyReply | void> {
    try {
      ANSWER.set(x, (await answer) === true);
    } catch {
      counts.originTestsFailed++;
    }
    return answerPreflight(x, plan);
  }

  function answerPreflight(x: Exchange, plan: CorsPlan): EarlyReply | void {
    if (x.method !== "OPTIONS") return undefined;
    const origin = x.headers.get("origin");
    const method = x.headers.get("access-control-request-method");
    if (origin === undefined || method === undefined) {
      return plan.strictPreflight && !plan.isPassing ? { status: 400, headers: {}, body: "" } : undefined;
    }
    counts.preflights++;
    const isAllowed = isOriginAllowed(x, plan, origin) && isPreflightAllowed(x, plan, method);
    if (!isAllowed) counts.preflightsRefused++;
    if (plan.isPassing) return undefined;
    if (isAllowed) return { status: 204, headers: buildPreflight(x, plan), body: "" };
    return { status: plan.strictPreflight ? 403 : 204, headers: {}, body: "" };
  }

  return {
    name: "cors",
    onRequest(x) {
      const plan = planOf(x);
      if (plan === undefined) return undefined;
      if (plan.origins.kind === "asked") {
        const origin = x.headers.get("origin");
        const answer = origin === undefined || !isOrigin(origin) ? false : tryAsk(plan.origins.test, origin, x, counts);
        if (typeof answer !== "boolean") return ask(x, plan, answer);
        ANSWER.set(x, answer);
      }
      return answerPreflight(x, plan);
    },
    onHead(x, head) {
      if (DECIDED.get(x) !== undefined) return;
      DECIDED.set(x, true);
      const plan = planOf(x);
      if (plan !== undefined) setHeaders(x, head, plan);
    },
    stats: () => ({ ...counts }),
  };
}

function setHeaders(x: Exchange, head: ResponseHead, plan: CorsPlan): void {
  const isAny = plan.origins.kind === "any";
  // An answer without an origin must not be served to an origin by a cache in between, and the other way round.
  if (!isAny) addVary(head, "Origin");
  const origin = x.headers.get("origin");
  if (!isAny && (origin === undefined || !isOriginAllowed(x, plan, origin))) return;
  if (head.has("access-control-allow-origin")) return;
  if (!isAny) head.set("Access-Control-Allow-Origin", origin!);
  setAbsent(head, plan.always);
  if (x.method === "OPTIONS" && origin !== undefined) setPreflightHeaders(x, head, plan);
}

/** Our own answers have them already; those of an app that answers preflights itself get them here. */
function setPreflightHeaders(x: Exchange, head: ResponseHead, plan: CorsPlan): void {
  const method = x.headers.get("access-control-request-method");
  if (method === undefined || !isPreflightAllowed(x, plan, method)) return;
  for (const [name, value] of Object.entries(buildPreflight(x, plan))) {
    if (name === "Vary") for (const field of value.split(", ")) addVary(head, field);
    else if (!head.has(name)) head.set(name, value);
  }
}

function isOriginAllowed(x: Exchange, { origins }: CorsPlan, origin: string): boolean {
  switch (origins.kind) {
    case "any":
      return true;
    case "some":
      return origins.allows(origin);
    case "asked":
      return ANSWER.get(x) === true;
    default:
      return origins satisfies never;
  }
}

function tryAsk(test: OriginTest, origin: string, x: Exchange, counts: CorsCounts): boolean | Promise<boolean> {
  try {
    const answer: unknown = test(origin, x);
    return answer instanceof Promise ? (answer as Promise<boolean>) : answer === true;
  } catch {
    counts.originTestsFailed++;
    return false;
  }
}

/** A preflight asks for another request. */
function methodOf({ method, headers }: Exchange): string {
  return method === "OPTIONS" ? (headers.get("access-control-request-method") ?? method) : method;
}

/** `null` stands for "no rules here", which a table cannot tell from "nothing found". */
function compileRoutes(options: CorsRules, routes: CorsOptions["routes"]): PathTable<CorsPlan | null> | undefined {
  if (routes === null) return undefined;
  return new PathTable<CorsPlan | null>(
    Object.entries(routes).map(([path, rules]) => {
      const plan = rules === false ? undefined : compileCors({ ...options, ...rules }, `cors.routes["${path}"]`);
      return [path, plan ?? null] as const;
    }),
    // A path that may be read in two ways is open to nobody.
    (found) => (found.slice(2).every((plan) => plan === found[1]) ? settleByCanonical(found) : null),
  );
}
