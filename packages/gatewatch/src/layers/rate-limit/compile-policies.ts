import { catchLater } from "../../gate/catch-later.ts";
import type { Exchange } from "../../gate/exchange.ts";
import { PathTable } from "../../gate/path-table.ts";
import type { LimitKey, LimitOf, RateLimitOptions, RouteLimit } from "../../options/groups/rate-limit.ts";
import { checkLimitGroups } from "../../options/values/check-limit-groups.ts";
import type { CounterRule } from "../../state/counters/counter-store.ts";
import { describePolicy, type LimitText, quoteName } from "./limit-headers.ts";

/** A limit at one size. */
export interface SizedLimit extends LimitText {
  rule: CounterRule;
}

/** One limit: whose requests it counts, how, and under which name. */
export interface LimitPolicy {
  /** `default`, the name of a group, or the route. */
  name: string;
  /** The name as a string of a structured field. */
  quoted: string;
  /** Path of the route; undefined for the default. */
  route: string | undefined;
  windowMs: number;
  key: LimitKey;
  cost: LimitOf;
  /** The limit for this exchange. @throws whatever the user's function throws, and TypeError when it gives no number. */
  sizeOf(x: Exchange, key: string): SizedLimit;
  /** The limit of a key where there is no exchange; undefined when a function decides and has not been asked for the key lately. */
  lastSizeOf(key: string): SizedLimit | undefined;
  /** The limit where there is no exchange: that of the options, or 1 when a function decides. */
  usual: SizedLimit;
}

export interface Policies {
  /** Undefined: this request is not limited. */
  find(x: Exchange): LimitPolicy | undefined;
  byName: ReadonlyMap<string, LimitPolicy>;
}

/** Sizes kept when a function decides; more than a handful is a mistake of the function's. */
const MAX_SIZES = 64;
/** Keys whose size is remembered when a function decides, and characters of such a key. */
const MAX_LAST_SIZES = 10_000;
const MAX_KEY_CHARS = 256;

/** @throws ConfigError for routes that cannot share the counter of their group */
export function compilePolicies(options: RateLimitOptions): Policies {
  checkLimitGroups(options);
  const byName = new Map<string, LimitPolicy>();
  const usual = compilePolicy(options, undefined, {});
  byName.set(usual.name, usual);
  const routes = Object.entries(options.routes ?? {}).map(([route, limits]): [string, LimitPolicy | false] => {
    if (limits === false) return [route, false];
    const policy = compilePolicy(options, route, typeof limits === "number" ? { limit: limits } : limits);
    if (!byName.has(policy.name)) byName.set(policy.name, policy);
    return [route, policy];
  });
  const otherwise = options.scope === "all" ? usual : undefined;
  const table = new PathTable(routes, (found) =>
    findStrictest(found.map((own) => (own === undefined ? otherwise : own))),
  );
  return {
    byName,
    find(x) {
      if (table.size === 0) return otherwise;
      const own = table.find(x.method, x.path);
      return own === undefined ? otherwise : own === false ? undefined : own;
    },
  };
}

/** Of what a path may be read as, the least is granted; nothing limits it only when all readings say so. */
function findStrictest(found: readonly (LimitPolicy | false | undefined)[]): LimitPolicy | false {
  const limits = found.filter((policy) => policy !== false && policy !== undefined);
  const [first] = limits.toSorted((a, b) => rateOf(a) - rateOf(b));
  return first ?? false;
}

function rateOf({ usual, windowMs }: LimitPolicy): number {
  return usual.limit / windowMs;
}

function compilePolicy(options: RateLimitOptions, route: string | undefined, own: RouteLimit): LimitPolicy {
  const name = own.group ?? route ?? options.group;
  const { algorithm = options.algorithm, windowMs = options.windowMs, limit = options.limit } = own;
  // A burst was chosen for its own limit.
  const burst = own.burst === undefined ? (own.limit === undefined ? options.burst : null) : own.burst;
  const size = (units: number): SizedLimit => ({
    limit: units,
    policy: describePolicy({ name, windowMs }, units),
    rule: {
      name: toRuleName(name),
      algorithm,
      limit: Math.max(1, units),
      windowMs,
      burst: burst ?? Math.max(1, units),
    },
  });
  const usual = size(typeof limit === "number" ? limit : 1);
  const sizes = new Map<number, SizedLimit>();
  const lastSizes = new Map<string, SizedLimit>();
  return {
    name,
    quoted: quoteName(name),
    route: route === undefined ? undefined : route.slice(route.indexOf(" ") + 1),
    windowMs,
    key: own.key ?? options.key,
    cost: own.cost ?? options.cost,
    usual,
    lastSizeOf: (key) => (typeof limit === "number" ? usual : lastSizes.get(key)),
    sizeOf(x, key) {
      if (typeof limit === "number") return usual;
      const found: unknown = limit(x);
      catchLater(found, () => undefined);
      const units = toUnits(found, -1);
      if (units === -1) throw new TypeError("a limit is a number from 0");
      let sized = sizes.get(units);
      if (sized === undefined) {
        sized = size(units);
        if (sizes.size >= MAX_SIZES) sizes.clear();
        sizes.set(units, sized);
      }
      if (lastSizes.get(key) !== sized) rememberLast(lastSizes, key, sized);
      return sized;
    },
  };
}

function rememberLast(sizes: Map<string, SizedLimit>, key: string, sized: SizedLimit): void {
  if (key.length > MAX_KEY_CHARS) return;
  if (!sizes.has(key) && sizes.size >= MAX_LAST_SIZES) {
    const [eldest] = sizes.keys();
    sizes.delete(eldest!);
  }
  sizes.set(key, sized);
}

/** What a function of the user's gave, as a whole number from 0; `otherwise` for nonsense. */
export function toUnits(value: unknown, otherwise: number): number {
  return typeof value === "number" && value >= 0 && value <= 1_000_000_000 ? Math.ceil(value) : otherwise;
}

/** Spaces would end a word on Redis's console. */
function toRuleName(name: string): string {
  return name.replaceAll(" ", "_");
}
