import { fileURLToPath } from "node:url";
import type { Breadcrumb, ErrorEvent, ErrorMechanism, ExceptionInfo } from "@gatewatch/protocol";
import { WIRE_LIMITS } from "@gatewatch/protocol";
import type { Exchange, Outcome } from "../gate/exchange.ts";
import { systemClock, type Timer } from "../ship/clock.ts";
import { isOwnRequest } from "../ship/own-agent.ts";
import { createUuidV7 } from "../ship/uuid-v7.ts";
import { createAddressView } from "./address-view.ts";
import { buildErrorEvent, redactAttributes, type BuildOptions } from "./build-error-event.ts";
import { buildExceptions, type WantedSource } from "./build-exceptions.ts";
import { createRequestEventBuilder } from "./build-request-event.ts";
import { copyJson } from "./copy-json.ts";
import { describeError, describeErrors } from "./describe-error.ts";
import { createFanOut, withAddress } from "./fan-out.ts";
import { fitEvent } from "./fit-event.ts";
import { createStormFolder, type Fold } from "./fold-storm.ts";
import { createSourceReader } from "./read-source.ts";
import type { RecorderOptions, SinkBinding } from "./recorder-options.ts";
import type { Recorder } from "./recorder.ts";
import { createUserView } from "./view-user.ts";
import { watchBreadcrumbs } from "./watch-breadcrumbs.ts";

/** The recorder, and what only its owner may call. */
export interface OwnedRecorder extends Recorder {
  /** Completes and pushes all that is held back, without waiting; for a process that is about to end. */
  completeSync(): void;
}

/** An error from its first sight until its event is pushed. */
interface Capture {
  readonly id: string;
  readonly time: number;
  readonly mechanism: ErrorMechanism;
  readonly exceptions: ExceptionInfo[];
  readonly breadcrumbs: readonly Breadcrumb[];
  /** Let go when the event is complete. */
  held: { error: unknown; x: Exchange | undefined; timer: Timer | undefined } | undefined;
  /** Empty once they are read. */
  wanted: WantedSource[];
  sources: Promise<void> | undefined;
  event: ErrorEvent | undefined;
  address: string | undefined;
  isPushed: boolean;
}

/** What is known of an error object: its own event, or the one that counts it. */
interface Known {
  readonly exchange: WeakRef<Exchange> | undefined;
  readonly capture?: Capture;
  readonly fold?: Fold<Capture>;
  readonly id: string;
}

const MAX_HELD = 1_000;
const MAX_CRUMB_MESSAGE = 1_000;
const MAX_CRUMB_DATA = 2_000;
/** Empty inside a bundle, where nothing tells Gatewatch's code from the app's. */
const OWN_FOLDER =
  /^.*\/gatewatch\/(?:src|dist)(?=\/)/.exec(fileURLToPath(import.meta.url).replaceAll("\\", "/"))?.[0] ?? "";

/** Builds the recorder. Its breadcrumbs come from Node's diagnostics channels until `close()`. */
export function createRecorder(options: RecorderOptions, sinks: readonly SinkBinding[]): OwnedRecorder {
  const { redactor, logger, clock = systemClock, random = Math.random, holdMs = 2_000, foldWindowMs = 1_000 } = options;
  const { requestSampleRate = 1, currentExchange, countDrop = () => undefined } = options;
  const root = options.root ?? process.cwd();
  const locate = { root, ownFolder: options.ownFolder ?? OWN_FOLDER };
  const viewUser = createUserView({ keepEmail: options.keepUserEmail ?? false, secret: options.addressSecret });
  const viewAddress = createAddressView(options.addressSecret);
  const building: BuildOptions = {
    redactor,
    captureBody: options.captureBody ?? true,
    maxBodyCharacters: options.maxBodyCharacters ?? 10_000,
    viewUser,
  };
  const buildRequest = createRequestEventBuilder(redactor);
  const sources = createSourceReader();
  const said = new Set<string>();
  const fanOut = createFanOut(sinks, viewAddress, (sink, error) =>
    sayOnce(`sink:${sink}`, `The sink ${sink} failed`, error),
  );
  const storm = createStormFolder<Capture>({
    wholePerWindow: options.wholePerWindow ?? 5,
    now: clock.now,
    createId: () => createUuidV7(clock.now()),
  });
  const known = new WeakMap<object, Known>();
  const knownPrimitives = new WeakMap<Exchange, Map<unknown, Known>>();
  const held = new Set<Capture>();
  const heldByExchange = new Map<Exchange, Capture[]>();
  let stormTimer: Timer | undefined;
  const { breadcrumbs = {} } = options;
  const stopWatching =
    breadcrumbs === false || currentExchange === undefined
      ? () => undefined
      : watchBreadcrumbs({
          currentExchange,
          add: addCrumb,
          redactUrl: redactor.redactUrl,
          isOwnRequest,
          now: clock.now,
          console: breadcrumbs.console ?? true,
          http: breadcrumbs.http ?? true,
        });

  function sayOnce(key: string, what: string, error: unknown): void {
    if (said.has(key)) return;
    said.add(key);
    try {
      logger.warn(`${what}: ${describeError(error).message}`);
    } catch {
      // Nobody is left to tell.
    }
  }

  /** Nothing in here may reach the app. */
  function guard<T>(name: string, fallback: T, run: () => T): T {
    try {
      return run();
    } catch (error) {
      countDrop("serialisation_failed", 1);
      sayOnce(name, `Gatewatch could not ${name}`, error);
      return fallback;
    }
  }

  function findKnown(error: unknown, x: Exchange | undefined): Known | undefined {
    if (!isObject(error)) return x === undefined ? undefined : knownPrimitives.get(x)?.get(error);
    const found = known.get(error);
    // One object thrown in two exchanges, such as a rejected promise that is cached, happened twice.
    const other = found?.exchange?.deref();
    return x !== undefined && other !== undefined && other !== x ? undefined : found;
  }

  function remember(error: unknown, x: Exchange | undefined, entry: Omit<Known, "exchange">): void {
    const full: Known = { ...entry, exchange: x === undefined ? undefined : new WeakRef(x) };
    if (isObject(error)) {
      known.set(error, full);
    } else if (x !== undefined) {
      const primitives = knownPrimitives.get(x) ?? new Map<unknown, Known>();
      knownPrimitives.set(x, primitives.set(error, full));
    }
  }

  function record(error: unknown, mechanism: ErrorMechanism, x: Exchange | undefined): string {
    const isDying = mechanism === "uncaughtException" || mechanism === "unhandledRejection";
    const seen = findKnown(error, x);
    if (seen !== undefined) {
      if (isDying && seen.capture !== undefined) complete(seen.capture, undefined, true);
      return seen.id;
    }
    const decision = storm.decide(describeError(error));
    stormTimer ??= clock.after(foldWindowMs, endWindow);
    if (decision.kind === "dropped") {
      countDrop("storm_folded", 1);
      return createUuidV7(clock.now());
    }
    if (decision.kind === "folded") {
      remember(error, x, { id: decision.fold.id, fold: decision.fold });
      return decision.fold.id;
    }
    const capture = createCapture(error, mechanism, x);
    decision.key.template ??= capture;
    remember(error, x, { id: capture.id, capture });
    if (isDying || x === undefined || held.size >= MAX_HELD) complete(capture, undefined, isDying);
    else hold(capture, x);
    return capture.id;
  }

  function createCapture(error: unknown, mechanism: ErrorMechanism, x: Exchange | undefined): Capture {
    const time = clock.now();
    const { exceptions, wanted } = buildExceptions(describeErrors(error), redactor, locate);
    const capture: Capture = {
      id: createUuidV7(time),
      time,
      mechanism,
      exceptions,
      breadcrumbs: (x ?? currentExchange?.())?.breadcrumbs.slice(-WIRE_LIMITS.maxBreadcrumbs) ?? [],
      held: { error, x, timer: undefined },
      wanted: options.sourceLines === false ? [] : wanted,
      sources: undefined,
      event: undefined,
      address: undefined,
      isPushed: false,
    };
    if (capture.wanted.length > 0) capture.sources = readSources(capture);
    return capture;
  }

  async function readSources(capture: Capture): Promise<void> {
    const reads = capture.wanted.map(async (want) => attach(want, await sources.around(want.path, want.line)));
    await Promise.allSettled(reads);
    capture.wanted = [];
  }

  function attach({ frame }: WantedSource, context: Awaited<ReturnType<typeof sources.around>>): void {
    if (context === undefined) return;
    const { redactSource } = redactor;
    frame.context = {
      pre: context.pre.map(redactSource),
      line: redactSource(context.line),
      post: context.post.map(redactSource),
    };
  }

  function hold(capture: Capture, x: Exchange): void {
    held.add(capture);
    const ofExchange = heldByExchange.get(x);
    if (ofExchange === undefined) heldByExchange.set(x, [capture]);
    else ofExchange.push(capture);
    if (capture.held !== undefined) capture.held.timer = clock.after(holdMs, () => complete(capture, undefined, false));
  }

  function letGo(capture: Capture, x: Exchange): void {
    const others = (heldByExchange.get(x) ?? []).filter((other) => other !== capture);
    if (others.length === 0) heldByExchange.delete(x);
    else heldByExchange.set(x, others);
  }

  /** Fixes the event; pushes it as soon as its source lines are read, or at once when there is no time left. */
  function complete(capture: Capture, outcome: Outcome | undefined, isDying: boolean): void {
    guard("complete an error event", undefined, () => {
      if (capture.held !== undefined) {
        const { error, x, timer } = capture.held;
        capture.held = undefined;
        timer?.cancel();
        held.delete(capture);
        if (x !== undefined) letGo(capture, x);
        capture.address = addressOf(x);
        capture.event = buildEvent(capture, error, x, outcome);
      }
      if (capture.isPushed) return;
      if (isDying) for (const want of capture.wanted.splice(0)) attach(want, sources.aroundSync(want.path, want.line));
      if (capture.wanted.length === 0) return pushCapture(capture);
      capture.sources
        ?.then(() => pushCapture(capture))
        .catch((error: unknown) => sayOnce("push", "Gatewatch could not push an error event", error));
    });
  }

  function buildEvent(
    capture: Capture,
    error: unknown,
    x: Exchange | undefined,
    outcome: Outcome | undefined,
  ): ErrorEvent {
    const event = buildErrorEvent(capture, x, outcome, building);
    if (options.enrich !== undefined) enrich(event, error, x, options.enrich);
    return event;
  }

  function enrich(
    event: ErrorEvent,
    error: unknown,
    x: Exchange | undefined,
    hook: NonNullable<RecorderOptions["enrich"]>,
  ): void {
    try {
      const extra: unknown = hook(structuredClone(event), x, error);
      if (extra instanceof Promise) {
        extra.catch(() => undefined);
        throw new TypeError("enrich() returned a promise; it must return its facts at once");
      }
      const custom = redactAttributes(extra, redactor);
      if (custom !== undefined) event.custom = custom;
    } catch (failure) {
      sayOnce("enrich", "The enrich hook failed", failure);
    }
  }

  function addressOf(x: Exchange | undefined): string | undefined {
    try {
      return x?.clientAddress;
    } catch {
      return undefined;
    }
  }

  function pushCapture(capture: Capture): void {
    if (capture.isPushed || capture.event === undefined) return;
    capture.isPushed = true;
    fitEvent(capture.event);
    fanOut.push(capture.event, capture.address);
  }

  function endWindow(): void {
    stormTimer = undefined;
    for (const fold of storm.endWindow()) {
      guard("fold errors", undefined, () => fanOut.push(describeFold(fold), undefined));
    }
  }

  function describeFold({ id, startedAt, template, count }: Fold<Capture>): ErrorEvent {
    const { mechanism, exceptions } = template;
    return {
      type: "error",
      id,
      time: startedAt,
      level: "error",
      handled: mechanism !== "uncaughtException" && mechanism !== "unhandledRejection",
      mechanism,
      exceptions,
      count,
    };
  }

  function addCrumb(crumb: Breadcrumb, x: Exchange): void {
    const { breadcrumbs: crumbs } = x;
    const kept: Breadcrumb = {
      time: crumb.time,
      category: crumb.category,
      message: String(crumb.message).slice(0, MAX_CRUMB_MESSAGE),
    };
    if (crumb.level !== undefined) kept.level = crumb.level;
    if (crumb.data !== undefined) {
      const data = copyJson(crumb.data, { maxNodes: 50, maxStringLength: 500, maxDepth: 5 });
      if (JSON.stringify(data).length <= MAX_CRUMB_DATA) kept.data = data as NonNullable<Breadcrumb["data"]>;
    }
    crumbs.push(kept);
    if (crumbs.length > WIRE_LIMITS.maxBreadcrumbs) crumbs.shift();
  }

  function completeSync(): void {
    for (const capture of held) complete(capture, undefined, true);
    stormTimer?.cancel();
    endWindow();
  }

  async function flush(deadlineMs: number): Promise<boolean> {
    const reading: Promise<void>[] = [];
    for (const capture of held) {
      if (capture.sources !== undefined) reading.push(capture.sources);
      complete(capture, undefined, false);
    }
    stormTimer?.cancel();
    endWindow();
    let timer: Timer | undefined;
    await Promise.race([
      Promise.allSettled(reading),
      new Promise<void>((resolve) => (timer = clock.after(deadlineMs, resolve, true))),
    ]);
    timer?.cancel();
    return await fanOut.flush(deadlineMs);
  }

  return {
    recordRequest(x, outcome) {
      if (requestSampleRate < 1 && outcome.errorId === null && x.errorId === null && random() >= requestSampleRate)
        return countDrop("sampled", 1);
      guard("record a request", undefined, () => {
        const id = viewUser(x.user())?.id;
        fanOut.push(buildRequest(x, outcome, id == null ? undefined : String(id)), x.clientAddress);
      });
    },
    recordError: (error, mechanism, x) =>
      guard("record an error", undefined, () => record(error, mechanism, x)) ?? createUuidV7(clock.now()),
    finishErrors(x, outcome) {
      const captures = heldByExchange.get(x);
      if (captures !== undefined) for (const capture of captures.slice()) complete(capture, outcome, false);
    },
    addBreadcrumb(crumb, x) {
      const target = x ?? currentExchange?.();
      if (target !== undefined) guard("keep a breadcrumb", undefined, () => addCrumb(crumb, target));
    },
    eventOf(error, exchange) {
      return guard("show an error", undefined, () => {
        const entry = findKnown(error, exchange);
        if (entry?.fold !== undefined) return describeFold(entry.fold);
        const capture = entry?.capture;
        if (capture === undefined) return undefined;
        const x = capture.held?.x;
        const event = capture.event ?? buildErrorEvent(capture, x, undefined, building);
        return withAddress(event, viewAddress(options.localAddress ?? "hash", capture.address ?? addressOf(x)), false);
      });
    },
    completeSync,
    flush,
    async close(deadlineMs) {
      stopWatching();
      await flush(deadlineMs);
      await fanOut.close(deadlineMs);
    },
  };
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
