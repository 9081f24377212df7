import { fileURLToPath } from "node:url";
import type { ErrorEvent, ErrorMechanism } from "@gatewatch/protocol";
import type { Exchange, Outcome } from "../gate/exchange.ts";
import { systemClock, type Timer } from "../ship/clock.ts";
import { isOwnRequest } from "../ship/own-agent.ts";
import { createUuidV7 } from "../ship/uuid-v7.ts";
import { createAddressView } from "./address-view.ts";
import { buildErrorEvent, type BuildOptions } from "./build-error-event.ts";
import { buildFactEvent } from "./build-fact-event.ts";
import { createRequestEventBuilder } from "./build-request-event.ts";
import { createErrorCapturer, type Capture } from "./capture-error.ts";
import { describeError } from "./describe-error.ts";
import { enrichEvent } from "./enrich-event.ts";
import { createFanOut, withAddress } from "./fan-out.ts";
import { fitEvent } from "./fit-event.ts";
import { createStormFolder, type Fold } from "./fold-storm.ts";
import { keepBreadcrumb } from "./keep-breadcrumb.ts";
import { createKnownErrors } from "./known-errors.ts";
import type { RecorderOptions, SinkBinding } from "./recorder-options.ts";
import type { Recorder } from "./recorder.ts";
import { createUserView } from "./view-user.ts";
import { watchBreadcrumbs } from "./watch-breadcrumbs.ts";

/** The recorder, and what only its owner may call. */
export interface OwnedRecorder extends Recorder {
  /** `flush()` without the sinks that nothing waits for. */
  deliver(deadlineMs: number): Promise<boolean>;
  /** Completes and pushes all that is held back, without waiting; for a process that is about to end. */
  completeSync(): void;
}

/** What became of an error: its own event, or one that counts it. */
type Known = { id: string; capture: Capture } | { id: string; fold: Fold<Capture> };

const MAX_HELD = 1_000;

/** Builds the recorder. Its breadcrumbs come from Node's diagnostics channels until `close()`. */
export function createRecorder(options: RecorderOptions, sinks: readonly SinkBinding[]): OwnedRecorder {
  const { redactor, logger, clock = systemClock, random = Math.random, holdMs = 2_000, foldWindowMs = 1_000 } = options;
  const { requestSampleRate = 1, countDrop = () => undefined, currentExchange = () => undefined } = options;
  const viewUser = createUserView({ keepEmail: options.keepUserEmail ?? false, secret: options.addressSecret });
  const viewAddress = createAddressView(options.addressSecret);
  const building: BuildOptions = {
    redactor,
    captureBody: options.captureBody ?? true,
    maxBodyBytes: options.maxBodyBytes ?? 10_000,
    viewUser,
  };
  const capturer = createErrorCapturer({
    redactor,
    locate: {
      root: options.root ?? process.cwd(),
      ownFolder: options.ownFolder ?? findOwnFolder(import.meta.url as string | undefined),
    },
    sourceLines: options.sourceLines ?? true,
    now: clock.now,
    currentExchange,
  });
  const buildRequest = createRequestEventBuilder(redactor);
  const said = new Set<string>();
  const fanOut = createFanOut(sinks, viewAddress, clock, (sink, error) =>
    sayOnce(`sink:${sink}`, `The sink ${sink} failed`, error),
  );
  const createId = (): string => createUuidV7(clock.now());
  const storm = createStormFolder<Capture>({ wholePerWindow: options.wholePerWindow ?? 5, now: clock.now, createId });
  const known = createKnownErrors<Known>();
  const held = new Set<Capture>();
  /** Complete, but for their source lines. */
  const reading = new Map<Capture, Promise<void>>();
  const heldByExchange = new Map<Exchange, Capture[]>();
  let stormTimer: Timer | undefined;
  const stopWatching = watch();

  function watch(): () => void {
    const { breadcrumbs = {} } = options;
    if (breadcrumbs === false || options.currentExchange === undefined) return () => undefined;
    const { console = true, http = true } = breadcrumbs;
    return watchBreadcrumbs({
      currentExchange,
      add: keepBreadcrumb,
      redactUrl: redactor.redactUrl,
      isOwnRequest,
      now: clock.now,
      console,
      http,
    });
  }

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

  function record(error: unknown, mechanism: ErrorMechanism, x: Exchange | undefined): string {
    const isDying = mechanism === "uncaughtException" || mechanism === "unhandledRejection";
    const seen = known.find(error, x);
    if (seen !== undefined) {
      if (isDying && "capture" in seen) completeFatal(seen.capture, mechanism);
      return seen.id;
    }
    const decision = storm.decide(describeError(error));
    stormTimer ??= clock.after(foldWindowMs, endWindow);
    if (decision.kind === "dropped") {
      countDrop("storm_folded", 1);
      return createId();
    }
    if (decision.kind === "folded") {
      known.add(error, x, { id: decision.fold.id, fold: decision.fold });
      return decision.fold.id;
    }
    const capture = capturer.capture(error, mechanism, x);
    decision.key.template ??= capture;
    known.add(error, x, { id: capture.id, capture });
    if (isDying || x === undefined || held.size >= MAX_HELD) complete(capture, undefined, isDying);
    else hold(capture, x);
    return capture.id;
  }

  function completeFatal(capture: Capture, mechanism: ErrorMechanism): void {
    capture.mechanism = mechanism;
    complete(capture, undefined, true);
  }

  function hold(capture: Capture, x: Exchange): void {
    held.add(capture);
    heldByExchange.set(x, [...(heldByExchange.get(x) ?? []), capture]);
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
      if (capture.held !== undefined) fixEvent(capture, capture.held, outcome);
      if (capture.isPushed) return;
      if (isDying) capturer.readSourcesSync(capture);
      if (capture.wanted.length === 0 || capture.sources === undefined) return pushCapture(capture);
      const pushing = capture.sources.then(() => pushCapture(capture));
      reading.set(
        capture,
        pushing.catch((error: unknown) => sayOnce("push", "Gatewatch could not push an error event", error)),
      );
    });
  }

  function fixEvent(
    capture: Capture,
    { error, x, timer }: NonNullable<Capture["held"]>,
    outcome: Outcome | undefined,
  ): void {
    capture.held = undefined;
    timer?.cancel();
    held.delete(capture);
    if (x !== undefined) letGo(capture, x);
    capture.address = addressOf(x);
    capture.event = buildErrorEvent(capture, x, outcome, building);
    if (options.enrich === undefined) return;
    try {
      enrichEvent(capture.event, x, error, options.enrich, redactor);
    } catch (failure) {
      sayOnce("enrich", "The enrich hook failed", failure);
    }
  }

  function pushCapture(capture: Capture): void {
    if (capture.isPushed || capture.event === undefined) return;
    capture.isPushed = true;
    reading.delete(capture);
    fitEvent(capture.event);
    fanOut.push(capture.event, capture.address);
  }

  function endWindow(): void {
    stormTimer?.cancel();
    stormTimer = undefined;
    pushFolds(storm.endWindow());
  }

  function pushFolds(folds: readonly Fold<Capture>[]): void {
    for (const fold of folds) guard("fold errors", undefined, () => fanOut.push(describeFold(fold), undefined));
  }

  function describeFold({ id, startedAt, template, count }: Fold<Capture>): ErrorEvent {
    return {
      ...buildErrorEvent({ ...template, id, time: startedAt, breadcrumbs: [] }, undefined, undefined, building),
      count,
    };
  }

  /** Hands all that is held back to the sinks; resolves with what is left of `deadlineMs`. */
  async function pushHeld(deadlineMs: number): Promise<number> {
    const endsAt = clock.now() + deadlineMs;
    for (const capture of held) complete(capture, undefined, false);
    // The window goes on: an app that flushes after each error would never see a storm.
    pushFolds(storm.takeFolds());
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => (timer = clock.after(deadlineMs, resolve, true)));
    await Promise.race([Promise.allSettled(reading.values()), late]);
    timer?.cancel();
    // A clock that was set back must not lengthen the wait.
    return Math.min(deadlineMs, Math.max(0, endsAt - clock.now()));
  }

  return {
    recordRequest(x, outcome) {
      if (sinks.length === 0) return;
      guard("record a request", undefined, () => {
        const hasFailed = outcome.status >= 500 || outcome.errorId !== null || x.errorId !== null;
        const isWanted = hasFailed || options.isAlwaysRecorded?.(outcome.status) === true;
        if (requestSampleRate < 1 && !isWanted && random() >= requestSampleRate) return countDrop("sampled", 1);
        const id = viewUser(x.user())?.id;
        fanOut.push(buildRequest(x, outcome, id == null ? undefined : String(id)), x.clientAddress);
      });
    },
    recordError: (error, mechanism, x) =>
      guard("record an error", undefined, () => record(error, mechanism, x)) ?? createId(),
    finishErrors(x, outcome) {
      if (heldByExchange.size === 0) return;
      for (const capture of heldByExchange.get(x) ?? []) complete(capture, outcome, false);
    },
    recordFact(fact, x) {
      guard(`record a ${fact.type}`, undefined, () =>
        fanOut.push(buildFactEvent(fact, clock.now(), x ?? currentExchange(), redactor), undefined),
      );
    },
    addBreadcrumb(crumb, x) {
      guard("keep a breadcrumb", undefined, () => {
        const target = x ?? currentExchange();
        if (target !== undefined) keepBreadcrumb(crumb, target);
      });
    },
    eventOf(error, exchange) {
      return guard("show an error", undefined, () => {
        const entry = known.find(error, exchange);
        if (entry === undefined) return undefined;
        if ("fold" in entry) return describeFold(entry.fold);
        const { capture } = entry;
        const x = capture.held?.x;
        const event = capture.event ?? buildErrorEvent(capture, x, undefined, building);
        return withAddress(event, viewAddress(options.localAddress ?? "hash", capture.address ?? addressOf(x)), false);
      });
    },
    completeSync() {
      for (const capture of [...held, ...reading.keys()]) complete(capture, undefined, true);
      endWindow();
    },
    deliver: async (deadlineMs) => await fanOut.deliver(await pushHeld(deadlineMs)),
    flush: async (deadlineMs) => await fanOut.flush(await pushHeld(deadlineMs)),
    async close(deadlineMs) {
      stopWatching();
      endWindow();
      await fanOut.close(await pushHeld(deadlineMs));
    },
  };
}

function addressOf(x: Exchange | undefined): string | undefined {
  try {
    return x?.clientAddress;
  } catch {
    return undefined;
  }
}

/** Empty where this code was bundled into the app's: then its frames are the app's. A bundle in CommonJS knows no address of its own. */
/** Empty inside a bundle, where nothing tells Gatewatch's code from the app's. */
function findOwnFolder(url: string | undefined): string {
  if (url === undefined || !url.startsWith("file:")) return "";
  return (
    /^.*\/gatewatch\/(?:src(?=\/record\/)|dist(?=\/shared\/))/.exec(fileURLToPath(url).replaceAll("\\", "/"))?.[0] ?? ""
  );
}
