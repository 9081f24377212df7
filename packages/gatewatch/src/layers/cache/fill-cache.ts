import type { BodyPlan } from "../../gate/body-plan.ts";
import { ENCODED_VARIANTS } from "../../gate/encoded-variants.ts";
import { hasCspNonce } from "../../gate/csp-nonce.ts";
import type { EarlyReply, Exchange, ResponseHead } from "../../gate/exchange.ts";
import type { StoredResponse } from "../../state/response-store.ts";
import { nameResource } from "./address-request.ts";
import { answerFromStore, isNotModifiedLine, validatorsOf } from "./answer-from-store.ts";
import { restoreConditions } from "./ask-for-confirmation.ts";
import type { CacheContext } from "./cache-context.ts";
import { BodyCapture, type Captured } from "./capture-body.ts";
import { decideStoring, type NotStored, type Storing } from "./decide-storing.ts";
import { isNotModified } from "./evaluate-conditions.ts";
import type { Landing } from "./flights.ts";
import { judgeFreshness } from "./judge-freshness.ts";
import { ageOf, mayStandIn } from "./judge-reuse.ts";
import { findLine, keepLines, mergeLines } from "./keep-lines.ts";
import { readResponse, type ResponseFacts } from "./read-response.ts";
import { showForwarded } from "./show-provenance.ts";
import { formsOf, StoredForms } from "./stored-forms.ts";
import { takeTags } from "./take-tags.ts";
import type { FillingVisit, Visit } from "./visit.ts";

/** Errors for which a stale answer may stand in (RFC 5861, section 4). */
const STAND_IN_STATUSES = new Set([500, 502, 503, 504]);
/** Reasons that lie in one request and say nothing about the next. */
const PASSING_REASONS = new Set<NotStored>(["request-no-store", "partial", "authorization", "user", "cookie"]);
/** How long a validator is worth keeping beyond freshness. */
const VALIDATOR_KEEP_MS = 24 * 3_600_000;
/** Times to live that a path gives are shortened by up to this share, so that what was filled together does not end together. */
const JITTER = 0.1;
const NO_BODY = new Uint8Array(0);

interface Judged {
  response: ResponseFacts;
  storing: Storing | NotStored;
  initialAgeMs: number;
}

/** What comes from the app: confirmed, kept, or let pass; and what others hear of it. */
export class FillCache {
  readonly #context: CacheContext;

  constructor(context: CacheContext) {
    this.#context = context;
  }

  takeHead(x: Exchange, head: ResponseHead, body: BodyPlan, visit: Visit): void {
    switch (visit.kind) {
      case "answered":
      case "waiting":
        return;
      case "unsafe":
        takeTags(head);
        this.#invalidate(x, head);
        return;
      case "bypass":
        takeTags(head);
        this.#show(head, "BYPASS", `${this.#context.name}; fwd=bypass; detail=${visit.detail}`);
        return;
      case "filling":
        this.#fill(x, head, body, visit);
        return;
      default:
        visit satisfies never;
    }
  }

  /** The answer to an exception that no handler of the app has answered. */
  standInForException(x: Exchange, visit: FillingVisit): EarlyReply | undefined {
    const { clock, name } = this.#context;
    const { stored } = visit;
    const nowMs = clock.now();
    if (stored === undefined || !mayStandIn(stored, nowMs)) return undefined;
    restoreConditions(x, visit);
    this.#settle(visit, { kind: "stood-in", response: stored });
    this.#context.counts.stale++;
    const cacheStatus = `${name}; fwd=${visit.forwarded}; detail=stale-if-error`;
    return answerFromStore(x, stored, nowMs, { xCache: "STALE", cacheStatus, ttlS: undefined });
  }

  /** The exchange is over: whoever still waits for it is freed. */
  finish(visit: FillingVisit): void {
    if (!visit.isSettled) this.#settle(visit, { kind: "failed" });
  }

  /** Another cache layer, further in, sees to this exchange. */
  leave(visit: FillingVisit): void {
    if (!visit.isSettled) this.#settle(visit, { kind: "unshared" });
  }

  #fill(x: Exchange, head: ResponseHead, body: BodyPlan, visit: FillingVisit): void {
    restoreConditions(x, visit);
    const tags = takeTags(head);
    const { status } = head;
    const nowMs = this.#context.clock.now();
    const { stored } = visit;
    if (stored !== undefined && status === 304 && visit.conditions !== undefined) {
      this.#confirm(x, head, body, visit, stored, nowMs);
      return;
    }
    if (stored !== undefined && STAND_IN_STATUSES.has(status) && mayStandIn(stored, nowMs)) {
      this.#standIn(x, head, body, visit, stored, nowMs);
      return;
    }
    this.#context.counts.misses++;
    const judged = this.#judge(x, visit, readResponse(status, head.entries()), nowMs);
    if (visit.request.isHead) {
      this.#compareHead(visit, judged.response);
      this.#showForwarded(head, visit, status, undefined);
      this.#settle(visit, { kind: "failed" });
      return;
    }
    if (typeof judged.storing === "string") {
      this.#passBy(head, visit, status, judged.storing, nowMs);
      return;
    }
    this.#keep(x, head, body, visit, judged, judged.storing, tags, nowMs);
  }

  #judge(x: Exchange, visit: FillingVisit, response: ResponseFacts, nowMs: number): Judged {
    const { heuristicFraction, maxHeuristicMs, staleIfErrorMs, storesCookies, routes, isCompressed, maxEntryBytes } =
      this.#context;
    const times = { requestedMs: visit.startedMs, receivedMs: nowMs, heuristicFraction, maxHeuristicMs };
    const freshness = judgeFreshness(response, times);
    const rules = {
      storesCookies,
      staleIfErrorMs,
      isIgnoredVary: (name: string) =>
        isCompressed && name === "accept-encoding" && response.get("content-encoding") === undefined,
    };
    let storing: Storing | NotStored = decideStoring(
      visit.request,
      x.user() !== undefined,
      response,
      freshness,
      routes.find(x.method, x.path),
      rules,
    );
    if (typeof storing !== "string") {
      const length = Number(response.get("content-length") ?? "0");
      if (hasCspNonce(x)) storing = "nonce";
      else if (length > maxEntryBytes) storing = "too-large";
      else if (response.get("content-type")?.startsWith("text/event-stream") === true) storing = "stream";
    }
    return { response, storing, initialAgeMs: freshness.initialAgeMs };
  }

  /** Copies the body on its way out; it is stored when it has come whole. */
  #keep(
    x: Exchange,
    head: ResponseHead,
    body: BodyPlan,
    visit: FillingVisit,
    judged: Judged,
    storing: Storing,
    tags: readonly string[],
    nowMs: number,
  ): void {
    const stored = this.#buildStored(judged, storing, tags, nowMs);
    this.#showForwarded(head, visit, head.status, undefined, true);
    const { response } = judged;
    if (head.status === 204) {
      this.#store(visit, { ...stored, body: NO_BODY }, storing);
      return;
    }
    const { maxEntryBytes, budget } = this.#context;
    body.whenBody((whole) => {
      const length = response.get("content-length");
      const expected = whole?.byteLength ?? (length === undefined ? undefined : Number(length));
      const whenDone = (captured: Captured): void => this.#takeBody(x, visit, stored, storing, captured);
      body.observe(new BodyCapture(maxEntryBytes, expected, budget, whenDone));
    });
  }

  #takeBody(
    x: Exchange,
    visit: FillingVisit,
    stored: Omit<StoredResponse, "body">,
    storing: Storing,
    captured: Captured,
  ): void {
    // Pages that are written bit by bit may read the nonce long after their head.
    const isOwn = hasCspNonce(x);
    if (isOwn || typeof captured === "string") {
      const { unshared, clock } = this.#context;
      if (isOwn || captured === "too-large") unshared.add(visit.address.resource, clock.now());
      this.#settle(visit, captured === "broken" ? { kind: "failed" } : { kind: "unshared" });
      return;
    }
    this.#store(visit, { ...stored, body: captured }, storing);
  }

  #store(visit: FillingVisit, response: StoredResponse, { vary }: Storing): StoredResponse {
    const { store, counts, unshared } = this.#context;
    const stored = { ...response, forms: new StoredForms(response.body) };
    const { address, found } = visit;
    counts.stored++;
    unshared.delete(address.resource);
    visit.isSettled = true;
    const put = store.put(address, vary, stored, keepMsOf(stored), found.moment, visit.lease);
    const language = vary.includes("accept-language") ? findLine(stored.lines, "content-language") : undefined;
    if (language !== undefined && /^[\w-]+$/.test(language)) {
      const copy = { ...stored, forms: new StoredForms(stored.body) };
      void store.put(address.inLanguage(language.toLowerCase()), vary, copy, keepMsOf(copy), found.moment);
    }
    const landing: Landing = { kind: "stored", response: stored, vary, variant: address.variantOf(vary) };
    if (put instanceof Promise) void put.then(() => this.#settle(visit, landing, true));
    else this.#settle(visit, landing);
    return stored;
  }

  #buildStored(
    { response, initialAgeMs }: Judged,
    { freshMs, staleWhileRevalidateMs, staleIfErrorMs, traits, withheld, isRuled }: Storing,
    tags: readonly string[],
    nowMs: number,
  ): Omit<StoredResponse, "body"> {
    const { ownNames } = this.#context;
    return {
      status: response.status,
      lines: keepLines(response, nowMs, { ownNames, withheld }),
      receivedMs: nowMs,
      initialAgeMs,
      freshMs: isRuled ? freshMs * (1 - Math.random() * JITTER) : freshMs,
      staleWhileRevalidateMs,
      staleIfErrorMs,
      traits,
      tags,
    };
  }

  /** The app says that what is stored is still right (RFC 9111, section 4.3.4). */
  #confirm(
    x: Exchange,
    head: ResponseHead,
    body: BodyPlan,
    visit: FillingVisit,
    stored: StoredResponse,
    nowMs: number,
  ): void {
    const { counts, ownNames, store } = this.#context;
    counts.revalidated++;
    const answer = readResponse(304, head.entries());
    const merged = mergeLines(stored.lines, keepLines(answer, nowMs, { ownNames, withheld: [] }));
    const age = answer.get("age");
    const facts = readResponse(stored.status, age === undefined ? merged : [...merged, ["Age", age] as const]);
    const judged = this.#judge(x, visit, facts, nowMs);
    let refreshed: StoredResponse = { ...stored, lines: merged };
    if (typeof judged.storing === "string") {
      void store.drop(visit.address.resource);
      this.#settle(visit, { kind: "unshared" });
    } else {
      refreshed = { ...this.#buildStored(judged, judged.storing, stored.tags, nowMs), body: stored.body };
      refreshed = this.#store(visit, refreshed, judged.storing);
    }
    const isHeldByClient = refreshed.status === 200 && isNotModified(x.headers, validatorsOf(refreshed), nowMs);
    for (const [name, value] of refreshed.lines) {
      if (!isHeldByClient || isNotModifiedLine(name)) head.set(name, value);
    }
    this.#show(head, "REVALIDATED", showForwarded(this.#context, { forwarded: visit.forwarded, status: 304 }));
    if (isHeldByClient) return;
    head.status = refreshed.status;
    head.set("Content-Length", String(refreshed.body.byteLength));
    const forms = formsOf(refreshed);
    if (forms !== undefined) ENCODED_VARIANTS.set(x, forms);
    body.substitute(refreshed.body);
  }

  #standIn(
    x: Exchange,
    head: ResponseHead,
    body: BodyPlan,
    visit: FillingVisit,
    stored: StoredResponse,
    nowMs: number,
  ): void {
    const { status } = head;
    this.#context.counts.stale++;
    const names = Array.from(head.entries(), ([name]) => name);
    for (const name of names) head.remove(name);
    head.status = stored.status;
    for (const [name, value] of stored.lines) head.set(name, value);
    head.set("Age", String(Math.floor(ageOf(stored, nowMs) / 1000)));
    head.set("Content-Length", String(stored.body.byteLength));
    const facts = { forwarded: visit.forwarded, status, detail: "stale-if-error" };
    this.#show(head, "STALE", showForwarded(this.#context, facts));
    this.#settle(visit, { kind: "stood-in", response: stored });
    const forms = formsOf(stored);
    if (forms !== undefined) ENCODED_VARIANTS.set(x, forms);
    body.substitute(stored.body);
  }

  /** Not stored. What is stored of this resource is out of date when the reason lies in the answer. */
  #passBy(head: ResponseHead, visit: FillingVisit, status: number, reason: NotStored, nowMs: number): void {
    const { store, unshared } = this.#context;
    this.#showForwarded(head, visit, status, reason);
    if (PASSING_REASONS.has(reason) || visit.flight === undefined || status >= 500) {
      this.#settle(visit, { kind: reason === "partial" ? "failed" : "unshared" });
      return;
    }
    unshared.add(visit.address.resource, nowMs);
    if (visit.found.isKnown) void store.drop(visit.address.resource);
    this.#settle(visit, { kind: "unshared" });
  }

  /** RFC 9111, section 4.3.5: what a HEAD shows may tell that the stored response is out of date. */
  #compareHead({ found, address }: FillingVisit, response: ResponseFacts): void {
    const { response: stored } = found;
    if (stored === undefined || response.status !== 200 || stored.status !== 200) return;
    const length = response.get("content-length");
    const isOther =
      (["etag", "last-modified"] as const).some((name) => findLine(stored.lines, name) !== response.get(name)) ||
      (length !== undefined && length !== String(stored.body.byteLength));
    if (isOther) void this.#context.store.drop(address.resource);
  }

  /** RFC 9111, section 4.4. */
  #invalidate(x: Exchange, head: ResponseHead): void {
    const { status } = head;
    if (status < 200 || status >= 400) return;
    const { store } = this.#context;
    const own = nameResource(x);
    void store.drop(own);
    for (const name of ["location", "content-location"]) {
      const target = head.get(name);
      const other = target === undefined ? undefined : tryResolve(target, own, x);
      if (other !== undefined && other !== own) void store.drop(other);
    }
  }

  /** The first settlement counts; a store that takes its time is waited for. */
  #settle(visit: FillingVisit, landing: Landing, isLate = false): void {
    if (visit.isSettled && !isLate && landing.kind !== "stored") return;
    visit.isSettled = true;
    if (visit.renewal !== undefined) clearInterval(visit.renewal);
    visit.renewal = undefined;
    visit.flight?.land(landing);
    if (visit.lease === undefined || landing.kind === "stored") return;
    const { address, found, lease } = visit;
    void this.#context.store.leases?.release(address, found.vary, lease, landing.kind === "unshared");
  }

  #showForwarded(
    head: ResponseHead,
    { forwarded }: FillingVisit,
    status: number,
    detail: NotStored | undefined,
    isStored = false,
  ): void {
    this.#show(head, "MISS", showForwarded(this.#context, { forwarded, status, isStored, detail }));
  }

  #show(head: ResponseHead, xCache: string, cacheStatus: string): void {
    head.set("X-Cache", xCache);
    const above = head.get("cache-status");
    head.set("Cache-Status", above === undefined ? cacheStatus : `${above}, ${cacheStatus}`);
  }
}

function keepMsOf({ freshMs, initialAgeMs, staleWhileRevalidateMs, staleIfErrorMs, lines }: StoredResponse): number {
  const hasValidator = findLine(lines, "etag") !== undefined || findLine(lines, "last-modified") !== undefined;
  const beyondMs = Math.max(staleWhileRevalidateMs, staleIfErrorMs, hasValidator ? VALIDATOR_KEEP_MS : 0);
  return Math.max(0, freshMs - initialAgeMs) + beyondMs;
}

/** The resource that a `Location` names, when it is of the same origin. */
function tryResolve(target: string, base: string, x: Exchange): string | undefined {
  try {
    const url = new URL(target, base);
    const own = new URL(base);
    return url.origin === own.origin ? nameResource(x, `${url.pathname}${url.search}`) : undefined;
  } catch {
    return undefined;
  }
}
