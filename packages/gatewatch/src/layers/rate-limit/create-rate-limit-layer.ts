import { catchLater } from "../../gate/catch-later.ts";
import type { Clock } from "../../gate/clock.ts";
import type { EarlyReply, Exchange, ResponseHead } from "../../gate/exchange.ts";
import type { Layer } from "../../gate/layer.ts";
import type { WriteNotice } from "../../gate/notices.ts";
import { compileSkipped } from "../../gate/path-table.ts";
import { createSlot } from "../../gate/slot.ts";
import { parseTrustList } from "../../gate/trust/parse-trust-list.ts";
import type { LimitSkip, RateLimitOptions } from "../../options/groups/rate-limit.ts";
import type { CounterStore, CounterVerdict } from "../../state/counters/counter-store.ts";
import type { RedisDriver } from "../../state/redis/redis-driver.ts";
import { compilePolicies, type LimitPolicy, type SizedLimit, toUnits } from "./compile-policies.ts";
import { createAddressFolding } from "./fold-address.ts";
import { createKeyReader } from "./limit-keys.ts";
import { toRetrySeconds, writeDraftHeaders, writeLegacyHeaders } from "./limit-headers.ts";
import { nameLimit, shareCounters } from "./limit-home.ts";
import { matchStatus } from "./match-status.ts";
import { openCounters } from "./open-counters.ts";
import { createRateLimits, type RateLimits } from "./rate-limits.ts";
import { refuseAddress, type RefusalSettings, refuseRequest } from "./refuse-request.ts";
import { createProxyWarning } from "./warn-about-proxies.ts";

export interface RateLimitPorts {
  clock: Clock;
  notice: WriteNotice;
  redis?: RedisDriver | undefined;
  /** Limits of one owner count together where they name the same group. */
  owner?: object;
}

export interface RateLimitLayer extends Layer {
  readonly limits: RateLimits;
}

/** What the layer keeps with an exchange that it has counted. */
interface Counted {
  policy: LimitPolicy;
  sized: SizedLimit;
  key: string;
  cost: number;
  verdict: CounterVerdict;
  /** Monotonic; when it was counted. 0 where nothing is given back. */
  atMs: number;
}

/**
 * Refuses requests over their limit before the app sees them.
 * @throws ConfigError when the options contradict each other
 */
export function createRateLimitLayer(options: RateLimitOptions, ports: RateLimitPorts): RateLimitLayer {
  const { clock, notice, redis, owner = {} } = ports;
  const store = shareCounters(owner, options, () => openCounters(options, { clock, notice, redis }));
  return new LimitGate(nameLimit(owner, options), ports, store).layer;
}

export function isRateLimitLayer(layer: Layer): layer is RateLimitLayer {
  return layer.name === "rate-limit" && "limits" in layer;
}

class LimitGate {
  readonly layer: RateLimitLayer;
  readonly #status: number;
  readonly #failMode: RateLimitOptions["failMode"];
  readonly #isDryRun: boolean;
  readonly #body: RefusalSettings;
  readonly #clock: Clock;
  readonly #store: CounterStore;
  readonly #policies: ReturnType<typeof compilePolicies>;
  readonly #readKey: ReturnType<typeof createKeyReader>;
  readonly #isSkipped: ((x: Exchange) => boolean) | undefined;
  readonly #methods: ReadonlySet<string> | undefined;
  readonly #blocked: ReadonlySet<string> | undefined;
  readonly #warn: (x: Exchange) => void;
  readonly #isRewarding: boolean;
  readonly #slot = createSlot<Counted>("rate-limit");
  readonly #counts = {
    allowed: 0,
    refused: 0,
    wouldRefuse: 0,
    denied: 0,
    uncounted: 0,
    functionFailures: 0,
    adjustFailures: 0,
  };

  constructor(options: RateLimitOptions, { clock, notice }: RateLimitPorts, store: CounterStore) {
    const { status, failMode, dryRun, message, problemJson, penalty, headers } = options;
    this.#status = status;
    this.#failMode = failMode;
    this.#isDryRun = dryRun;
    const countFailure = (): void => void this.#counts.functionFailures++;
    this.#body = { message, problemJson, countFailure };
    this.#clock = clock;
    this.#store = store;
    this.#policies = compilePolicies(options);
    const foldAddress = createAddressFolding(options.ipv6Prefix);
    this.#readKey = createKeyReader(foldAddress, countFailure);
    this.#isSkipped = compileSkip(options.skip);
    this.#methods = options.methods.length === 0 ? undefined : new Set(options.methods);
    this.#blocked = options.blocked.length === 0 ? undefined : new Set(options.blocked.map(foldAddress));
    this.#warn = createProxyWarning(notice);
    const layer: RateLimitLayer = {
      name: "rate-limit",
      limits: createRateLimits(store, this.#policies, foldAddress),
      onRequest: this.#compileRequest(options.allow, options.deny),
      stats: () => ({ ...this.#counts, ...store.stats() }),
    };
    if (headers !== "none" && !dryRun) {
      const isDraft = headers !== "legacy";
      const isLegacy = headers !== "draft";
      layer.onHead = (x, head) => this.#writeHeaders(x, head, isDraft, isLegacy);
    }
    const isPenalty = matchStatus(options.penaltyOn);
    const isReward = matchStatus(options.rewardOn);
    this.#isRewarding = isReward !== undefined;
    if (isPenalty !== undefined || isReward !== undefined) {
      layer.onFinish = (x, { status }) => {
        const counted = this.#slot.get(x);
        if (counted === undefined || !counted.verdict.allowed) return;
        if (isPenalty?.(status) === true) this.#adjust(counted, penalty);
        else if (isReward?.(status) === true) this.#reward(counted);
      };
    }
    this.layer = layer;
  }

  #compileRequest(allow: readonly string[], deny: readonly string[]): NonNullable<Layer["onRequest"]> {
    const allowed = allow.length === 0 ? undefined : parseTrustList(allow);
    const denied = deny.length === 0 ? undefined : parseTrustList(deny);
    return (x) => {
      const address = x.clientAddress;
      if (denied !== undefined && address !== undefined && denied.isTrusted(address)) {
        this.#counts.denied++;
        return this.#isDryRun ? undefined : refuseAddress();
      }
      if (allowed !== undefined && address !== undefined && allowed.isTrusted(address)) return undefined;
      if (this.#methods !== undefined && !this.#methods.has(x.method)) return undefined;
      const policy = this.#policies.find(x);
      if (policy === undefined || (this.#isSkipped !== undefined && this.#ask(this.#isSkipped, x, false) === true)) {
        return undefined;
      }
      // A browser's own question costs nothing, but nobody who is blocked gets round it by asking so.
      const isFree = x.method === "OPTIONS" && isPreflight(x);
      const cost = isFree
        ? 0
        : typeof policy.cost === "number"
          ? policy.cost
          : toUnits(this.#ask(policy.cost, x, 1), 1);
      if (cost === 0 && !isFree) return undefined;
      this.#warn(x);
      const key = this.#readKey(x, policy.key);
      return typeof key === "string" ? this.#count(x, policy, key, cost) : this.#countLater(x, policy, key, cost);
    };
  }

  /** A function of the user's that fails, or is `async`, decides nothing. */
  #ask<T>(ask: (x: Exchange) => T, x: Exchange, otherwise: T): T {
    try {
      const found = ask(x);
      catchLater(found, this.#body.countFailure);
      return found;
    } catch {
      this.#counts.functionFailures++;
      return otherwise;
    }
  }

  #trySize(x: Exchange, policy: LimitPolicy, key: string): SizedLimit | undefined {
    try {
      return policy.sizeOf(x, key);
    } catch {
      this.#counts.functionFailures++;
      return undefined;
    }
  }

  async #countLater(x: Exchange, policy: LimitPolicy, key: Promise<string>, cost: number): Promise<EarlyReply | void> {
    return this.#count(x, policy, await key, cost);
  }

  #count(x: Exchange, policy: LimitPolicy, key: string, cost: number): EarlyReply | void | Promise<EarlyReply | void> {
    const sized = this.#trySize(x, policy, key);
    if (sized === undefined) return this.#decideUncounted(x, policy, policy.usual, key);
    if ((sized.limit === 0 && cost > 0) || this.#blocked?.has(key) === true) {
      return this.#decide(x, policy, sized, key, cost, refuseAlways(policy, sized.limit !== 0));
    }
    if (cost === 0) return this.#refuseBlocked(x, policy, sized, key);
    const verdict = this.#store.consume(sized.rule, key, cost);
    if (!(verdict instanceof Promise)) return this.#decide(x, policy, sized, key, cost, verdict);
    return verdict.then(
      (settled) => this.#decide(x, policy, sized, key, cost, settled),
      () => this.#decideUncounted(x, policy, sized, key),
    );
  }

  #refuseBlocked(
    x: Exchange,
    policy: LimitPolicy,
    sized: SizedLimit,
    key: string,
  ): EarlyReply | void | Promise<EarlyReply | void> {
    const judge = (verdict: CounterVerdict): EarlyReply | void =>
      verdict.blocked ? this.#decide(x, policy, sized, key, 0, verdict) : undefined;
    const verdict = this.#store.peek(sized.rule, key);
    return verdict instanceof Promise ? verdict.then(judge, () => undefined) : judge(verdict);
  }

  #decide(
    x: Exchange,
    policy: LimitPolicy,
    sized: SizedLimit,
    key: string,
    cost: number,
    verdict: CounterVerdict,
  ): EarlyReply | void {
    const atMs = this.#isRewarding ? this.#clock.monotonicMs() : 0;
    this.#slot.set(x, { policy, sized, key, cost, verdict, atMs });
    if (verdict.allowed) {
      this.#counts.allowed++;
      return undefined;
    }
    if (this.#isDryRun) {
      this.#counts.wouldRefuse++;
      x.attributes["rateLimit"] = `would refuse (${policy.name})`;
      return undefined;
    }
    this.#counts.refused++;
    x.attributes["rateLimit"] = `refused (${policy.name})`;
    const problem = verdict.blocked ? "abnormal" : "quota";
    const refusal = {
      status: this.#status,
      limit: sized.limit,
      windowMs: policy.windowMs,
      retryAfterSeconds: toRetrySeconds(verdict, policy.windowMs),
      policy: policy.name,
      key,
    };
    return refuseRequest(x, refusal, problem, policy.route, this.#body);
  }

  /** The limit is not known; or, with `failMode` open or closed, the store has failed: with local counters no call does. */
  #decideUncounted(x: Exchange, policy: LimitPolicy, sized: SizedLimit, key: string): EarlyReply | void {
    this.#counts.uncounted++;
    if (this.#failMode !== "closed" || this.#isDryRun) return undefined;
    const { windowMs, name } = policy;
    const refusal = { status: 503, limit: sized.limit, windowMs, retryAfterSeconds: 1, policy: name, key };
    return refuseRequest(x, refusal, "capacity", policy.route, { ...this.#body, message: null });
  }

  /** In `onHead`, so that no cache stores them and every answer, hits and refusals included, has its own. */
  #writeHeaders(x: Exchange, head: ResponseHead, isDraft: boolean, isLegacy: boolean): void {
    const counted = this.#slot.get(x);
    if (counted === undefined) return;
    const { policy, sized, verdict } = counted;
    if (isDraft) writeDraftHeaders(head, policy, sized, verdict);
    if (isLegacy) writeLegacyHeaders(head, policy, sized, verdict, this.#clock.now());
  }

  /** What has left the window by itself is not given back once more. */
  #reward(counted: Counted): void {
    if (this.#clock.monotonicMs() - counted.atMs >= counted.verdict.resetMs) return;
    this.#adjust(counted, -counted.cost);
  }

  #adjust({ sized, key }: Counted, amount: number): void {
    const done = this.#store.adjust(sized.rule, key, amount);
    if (done instanceof Promise) done.catch(() => void this.#counts.adjustFailures++);
  }
}

/**
 * RFC 9110 has no preflights; the Fetch standard, section 3.2.2, tells them by these headers. Browsers send no body with one: what has a body
 * would be a way around the limit for apps that do not look at the method.
 */
function isPreflight({ headers }: Exchange): boolean {
  if (headers.get("origin") === undefined || headers.get("access-control-request-method") === undefined) return false;
  const length = headers.get("content-length");
  return (length === undefined || length === "0") && headers.get("transfer-encoding") === undefined;
}

function refuseAlways({ windowMs }: LimitPolicy, blocked: boolean): CounterVerdict {
  return { allowed: false, remaining: 0, resetMs: windowMs, retryMs: windowMs, blocked };
}

function compileSkip(skip: LimitSkip): ((x: Exchange) => boolean) | undefined {
  if (typeof skip === "function") return skip;
  const skips = compileSkipped(skip);
  return skips && ((x) => skips(x.method, x.path));
}
