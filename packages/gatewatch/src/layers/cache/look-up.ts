import { ENCODED_VARIANTS } from "../../gate/encoded-variants.ts";
import type { EarlyReply, Exchange } from "../../gate/exchange.ts";
import type { Found, Lease, StoredResponse } from "../../state/response-store.ts";
import { overridesMethod, RequestAddress } from "./address-request.ts";
import { answerFromStore } from "./answer-from-store.ts";
import { type CacheContext, OWNER } from "./cache-context.ts";
import { askForConfirmation } from "./ask-for-confirmation.ts";
import type { Flight } from "./flights.ts";
import { ageOf, judgeReuse, mayStandIn, type Reuse } from "./judge-reuse.ts";
import { readRequest, type RequestFacts } from "./read-request.ts";
import { formsOf } from "./stored-forms.ts";
import { showHit } from "./show-provenance.ts";
import { ANSWERED, type FillingVisit, type Forwarded, UNSAFE, type Visit, type WaitingVisit } from "./visit.ts";

/** RFC 9110, section 9.2.1, and WebDAV: they change nothing. */
const SAFE_METHODS = new Set(["OPTIONS", "TRACE", "QUERY", "PROPFIND", "REPORT", "SEARCH", "CONNECT"]);
/** How long a process waits before it asks again for a lease that another one has. */
const POLL_MS = 20;
const POLL_JITTER_MS = 20;
/** How often a variant that is filled again and again, but never for this request, is looked at. */
const MAX_LOOKS = 3;

type Answer = EarlyReply | undefined | Promise<EarlyReply | undefined>;

/** One request on its way through the layer. */
interface Asking {
  x: Exchange;
  address: RequestAddress;
  request: RequestFacts;
  /** Monotonic; waiting for others ends then. */
  deadlineMs: number;
  looks: number;
  /** Set as soon as the request has to wait. */
  waiting: WaitingVisit | undefined;
}

/** For a client that has left: nobody gets it, but the app is not asked. */
const TO_NOBODY: EarlyReply = Object.freeze({ status: 503, headers: Object.freeze({}), body: "" });

/** The way of a request to its answer: from the store, from what another request brings, or from the app. */
export class LookUp {
  readonly #context: CacheContext;

  constructor(context: CacheContext) {
    this.#context = context;
  }

  answer(x: Exchange): Answer {
    const { heedsRequests, keys, isSkipped, store, clock, waitMs } = this.#context;
    if (x.method !== "GET" && x.method !== "HEAD") {
      if (!SAFE_METHODS.has(x.method)) this.#keep(x, UNSAFE);
      return undefined;
    }
    const { headers } = x;
    if (isSkipped !== undefined && isSkipped(x.method, x.path)) return this.#bypass(x, "skipped");
    if (headers.get("upgrade") !== undefined) return undefined;
    if (overridesMethod(x)) return this.#bypass(x, "method-override");
    if (hasBody(x)) return this.#bypass(x, "request-body");
    const request = readRequest(x, heedsRequests);
    if (request.noStore) return this.#bypass(x, "request-no-store");
    if (headers.get("if-match") !== undefined || headers.get("if-unmodified-since") !== undefined) {
      return this.#bypass(x, "request-condition");
    }
    const address = new RequestAddress(x, keys);
    const asking: Asking = {
      x,
      address,
      request,
      deadlineMs: clock.monotonicMs() + waitMs,
      looks: 0,
      waiting: undefined,
    };
    const found = store.lookup(address);
    return found instanceof Promise ? this.#lookAgain(asking, found) : this.#useVariant(asking, found);
  }

  async #lookAgain(asking: Asking, pending?: Promise<Found>): Promise<EarlyReply | undefined> {
    const visit = this.#wait(asking);
    const found = await (pending ?? this.#context.store.lookup(asking.address));
    return visit.isOver ? TO_NOBODY : this.#useVariant(asking, found);
  }

  /** Without an answer to these very preferences, one in the language that they put first will do. */
  #useVariant(asking: Asking, found: Found): Answer {
    if (found.response !== undefined || !found.vary.includes("accept-language")) return this.#use(asking, found);
    const language = asking.address.preferredLanguage();
    if (language === undefined) return this.#use(asking, found);
    const other = this.#context.store.lookup(asking.address.inLanguage(language));
    return other instanceof Promise ? this.#useLater(asking, found, other) : this.#useEither(asking, found, other);
  }

  async #useLater(asking: Asking, found: Found, other: Promise<Found>): Promise<EarlyReply | undefined> {
    const visit = this.#wait(asking);
    const either = await other;
    return visit.isOver ? TO_NOBODY : this.#useEither(asking, found, either);
  }

  #useEither(asking: Asking, found: Found, { response }: Found): Answer {
    const isFresh =
      response !== undefined && judgeReuse(response, asking.request, this.#context.clock.now()) === "fresh";
    return this.#use(asking, isFresh ? { ...found, response } : found);
  }

  #use(asking: Asking, found: Found): Answer {
    const { clock, counts, flights, unshared, store } = this.#context;
    const { x, address, request } = asking;
    const nowMs = clock.now();
    const stored = found.response;
    const reuse = stored === undefined ? "none" : judgeReuse(stored, request, nowMs);
    if (stored !== undefined && reuse === "fresh") return this.#hit(x, stored, nowMs, "HIT");
    if (stored !== undefined && reuse === "stale") return this.#hit(x, stored, nowMs, "STALE");
    if (request.onlyIfCached) return this.#refuse(x);
    const forwarded = nameForwarded(found, reuse, request);
    if (isAlone(found, reuse, request) || unshared.has(address.resource, nowMs)) {
      return this.#ask(asking, found, forwarded, reuse);
    }
    const key = `${address.resource}\n${address.variantOf(found.vary)}`;
    const flight = flights.find(key);
    if (flight === undefined) {
      const own = flights.begin(key);
      if (store.leases === undefined) return this.#ask(asking, found, forwarded, reuse, own);
      return this.#takeLease(asking, found, forwarded, reuse, own);
    }
    if (stored !== undefined && reuse === "while-revalidate") return this.#hit(x, stored, nowMs, "STALE");
    // What comes was asked for before this request wanted it confirmed.
    if (request.noCache) return this.#ask(asking, found, forwarded, reuse);
    counts.collapsed++;
    return this.#follow(asking, found, forwarded, reuse, flight);
  }

  async #follow(
    asking: Asking,
    found: Found,
    forwarded: Forwarded,
    reuse: Reuse,
    flight: Flight,
  ): Promise<EarlyReply | undefined> {
    const { clock, counts } = this.#context;
    const { x, address, request } = asking;
    const visit = this.#wait(asking);
    const landing = await flight.wait(Math.max(0, asking.deadlineMs - clock.monotonicMs()), visit);
    if (visit.isOver) return TO_NOBODY;
    const nowMs = clock.now();
    switch (landing?.kind) {
      case undefined:
        counts.waitsOver++;
        return this.#ask(asking, found, forwarded, reuse);
      case "unshared":
        return this.#ask(asking, found, forwarded, reuse);
      case "failed":
        return this.#lookAgain(asking);
      case "stood-in":
        if (judgeReuse(landing.response, request, nowMs) !== "none" && mayStandIn(landing.response, nowMs)) {
          return this.#hit(x, landing.response, nowMs, "STALE", forwarded);
        }
        return this.#ask(asking, found, forwarded, reuse);
      case "stored":
        if (address.variantOf(landing.vary) !== landing.variant) return this.#lookAgain(asking);
        if (judgeReuse(landing.response, request, nowMs) === "fresh") {
          return this.#hit(x, landing.response, nowMs, "HIT", forwarded);
        }
        return this.#ask(asking, found, forwarded, reuse);
      default:
        return landing satisfies never;
    }
  }

  /** One process fills; the others look again until it has, or their time is over. */
  async #takeLease(
    asking: Asking,
    found: Found,
    forwarded: Forwarded,
    reuse: Reuse,
    own: Flight,
  ): Promise<EarlyReply | undefined> {
    const { clock, counts, store } = this.#context;
    const { x, address } = asking;
    const visit = this.#wait(asking);
    try {
      for (;;) {
        const answer = (await store.leases?.acquire(address, found.vary, found.moment)) ?? "unshared";
        if (visit.isOver) {
          if (typeof answer === "object") void store.leases?.release(address, found.vary, answer, false);
          own.land({ kind: "failed" });
          return TO_NOBODY;
        }
        if (typeof answer === "object") return this.#ask(asking, found, forwarded, reuse, own, answer);
        if (answer === "filled" && asking.looks++ < MAX_LOOKS) return this.#lookAfterFilling(asking, own);
        if (answer !== "busy") break;
        if (reuse === "while-revalidate" && found.response !== undefined) {
          own.land({ kind: "failed" });
          return this.#hit(x, found.response, clock.now(), "STALE");
        }
        if (clock.monotonicMs() >= asking.deadlineMs) {
          counts.waitsOver++;
          break;
        }
        await sleep(POLL_MS + Math.random() * POLL_JITTER_MS);
      }
    } catch {
      // Stores do not reject; an app must be asked in any case.
    }
    return this.#ask(asking, found, forwarded, reuse, own);
  }

  async #lookAfterFilling(asking: Asking, own: Flight): Promise<EarlyReply | undefined> {
    const { address } = asking;
    const visit = this.#wait(asking);
    const found = await this.#context.store.lookup(address);
    const { response, vary } = found;
    if (response === undefined) own.land({ kind: "failed" });
    else own.land({ kind: "stored", response, vary, variant: address.variantOf(vary) });
    return visit.isOver ? TO_NOBODY : this.#use(asking, found);
  }

  /** Lets the app answer. */
  #ask(
    { x, address, request }: Asking,
    found: Found,
    forwarded: Forwarded,
    reuse: Reuse,
    flight?: Flight,
    lease?: Lease,
  ): undefined {
    const { clock } = this.#context;
    const isWhole = !request.isHead && !request.hasRange;
    const visit: FillingVisit = {
      kind: "filling",
      address,
      request,
      found,
      forwarded,
      startedMs: clock.now(),
      flight,
      lease,
      stored: reuse !== "none" && isWhole ? found.response : undefined,
      conditions: undefined,
      renewal: undefined,
      isSettled: false,
    };
    this.#keep(x, visit);
    const { leases } = this.#context.store;
    if (lease !== undefined && leases !== undefined) {
      visit.renewal = setInterval(() => void leases.renew(address, found.vary, lease), leases.leaseMs / 3);
      visit.renewal.unref?.();
    }
    if (visit.stored !== undefined) askForConfirmation(x, visit, visit.stored);
    return undefined;
  }

  #hit(x: Exchange, stored: StoredResponse, nowMs: number, how: "HIT" | "STALE", collapsed?: Forwarded): EarlyReply {
    const { counts } = this.#context;
    if (how === "HIT") counts.hits++;
    else counts.stale++;
    this.#keep(x, ANSWERED);
    const forms = formsOf(stored);
    if (forms !== undefined) {
      ENCODED_VARIANTS.set(x, forms);
      if (how === "HIT" && collapsed === undefined && isPlain(x)) {
        const ageMs = ageOf(stored, nowMs);
        const ageS = Math.floor(ageMs / 1000);
        const reply = forms.fresh(this.#context, stored, ageS, Math.floor((stored.freshMs - ageMs) / 1000));
        if (reply !== undefined) return reply;
      }
    }
    return answerFromStore(x, stored, nowMs, showHit(this.#context, stored, nowMs, how, collapsed));
  }

  /** RFC 9111, section 5.2.1.7. */
  #refuse(x: Exchange): EarlyReply {
    this.#keep(x, ANSWERED);
    const cacheStatus = `${this.#context.name}; fwd=request; detail=only-if-cached`;
    return { status: 504, headers: { "X-Cache": "MISS", "Cache-Status": cacheStatus }, body: "" };
  }

  #bypass(x: Exchange, detail: string): undefined {
    this.#context.counts.bypassed++;
    this.#keep(x, { kind: "bypass", detail });
    return undefined;
  }

  /** Notes that this request waits, so that the end of its exchange is noticed. */
  #wait(asking: Asking): WaitingVisit {
    if (asking.waiting === undefined) {
      asking.waiting = { kind: "waiting", isOver: false, stop: undefined };
      this.#keep(asking.x, asking.waiting);
    }
    return asking.waiting;
  }

  #keep(x: Exchange, visit: Visit): void {
    OWNER.set(x, this.#context);
    this.#context.visits.set(x, visit);
  }
}

/** Whether nobody waits for this request, and it waits for nobody. */
function isAlone(found: Found, reuse: Reuse, request: RequestFacts): boolean {
  if (request.isHead || request.hasRange) return true;
  if (reuse !== "none") return false;
  return found.response !== undefined || request.hasCredentials || request.hasCookies;
}

function nameForwarded(found: Found, reuse: Reuse, { noCache, maxAgeMs, minFreshMs }: RequestFacts): Forwarded {
  if (found.response === undefined) return found.isKnown ? "vary-miss" : "uri-miss";
  if (reuse === "none" || noCache || maxAgeMs !== undefined || minFreshMs > 0) return "request";
  return "stale";
}

/** It asks for neither a part nor a comparison. */
function isPlain({ headers }: Exchange): boolean {
  return (headers.get("range") ?? headers.get("if-none-match") ?? headers.get("if-modified-since")) === undefined;
}

/** Some frameworks read parameters out of the body of a GET, which is no part of the key. */
function hasBody({ headers, raw }: Exchange): boolean {
  const length = headers.get("content-length");
  if ((length !== undefined && length !== "0") || headers.get("transfer-encoding") !== undefined) return true;
  // HTTP/2 needs neither header: its frames tell.
  const { stream } = (raw.request ?? {}) as { stream?: { endAfterHeaders?: boolean } };
  return stream?.endAfterHeaders === false;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
