import type { ThresholdFacts } from "@gatewatch/protocol/messages/failure-facts";
import { catchLater } from "../../gate/catch-later.ts";
import type { Clock } from "../../gate/clock.ts";
import type { EarlyReply, Exchange, Outcome } from "../../gate/exchange.ts";
import type { Layer } from "../../gate/layer.ts";
import { createSlot } from "../../gate/slot.ts";
import type { ErrorBoundaryOptions } from "../../options/groups/error-boundary.ts";
import type { Recorder } from "../../record/recorder.ts";
import type { LocalLog } from "../log/local-log.ts";
import { StatusSet } from "../../options/values/status-set.ts";
import { buildErrorReply } from "./build-error-reply.ts";
import { ErrorWindows } from "./error-windows.ts";
import { typeOf } from "../types-of.ts";

export interface ErrorBoundaryPorts {
  log: LocalLog;
  recorder: Recorder;
  clock: Clock;
  environment: string;
  service: string | null;
  /** Slack, e-mail: whoever is told of thresholds. */
  tell?: ((alert: ThresholdFacts) => void) | undefined;
}

interface ErrorCounts {
  /** Exceptions seen on their way to the app's own handler. */
  errors: number;
  /** Exchanges with at least one of them. */
  failedExchanges: number;
  /** Thresholds that were reached. */
  alerts: number;
  /** Exceptions that our JSON has answered. */
  answered: number;
}

/** All requests that match no route count as one. */
const UNMATCHED = "(unmatched)";
const MAX_ROUTE = 300;

/**
 * Watches failures. The app's own handlers decide the answer, which names the error's event; our JSON answers what nobody has handled, or
 * everything where `respond` says so. Many errors of one kind on one route raise one alert.
 */
export function createErrorBoundaryLayer(options: ErrorBoundaryOptions, ports: ErrorBoundaryPorts): Layer {
  const { header, respond, errorTypeHeader, errorCountHeader, statusByType, threshold, windowMs, onAlert } = options;
  const { log, recorder, clock, service } = ports;
  const showsDetails = options.details ?? ports.environment === "development";
  const counted = new StatusSet(options.count);
  const windows = new ErrorWindows(Math.max(1, threshold), windowMs, options.maxKeys);
  const counts: ErrorCounts = { errors: 0, failedExchanges: 0, alerts: 0, answered: 0 };
  const starts = createSlot<number>("error-boundary");
  let hasAlertFailed = false;

  function reply(x: Exchange, error: unknown): EarlyReply {
    counts.answered++;
    const startMs = starts.get(x);
    return buildErrorReply(x, error, {
      statusByType,
      service,
      at: clock.now(),
      describe: () => log.describeError(error, x, recorder),
      showsDetails,
      durationSeconds: startMs === undefined ? undefined : (clock.monotonicMs() - startMs) / 1000,
    });
  }

  function count(x: Exchange, outcome: Outcome, hasError: boolean): void {
    const route = outcome.route === null ? UNMATCHED : outcome.route.slice(0, MAX_ROUTE);
    const key = hasError
      ? `exception:${typeOf(outcome.error ?? x.error)}:${route}`
      : `error:${outcome.status}:${route}`;
    const reached = windows.add(key, clock.monotonicMs());
    if (reached === undefined) return;
    counts.alerts++;
    const alert: ThresholdFacts = { key, ...reached, threshold, windowMs, at: clock.now(), service };
    log.writeAlert(alert);
    ports.tell?.(alert);
    callHook(alert);
  }

  function callHook(alert: ThresholdFacts): void {
    if (onAlert === null) return;
    try {
      catchLater(onAlert(Object.freeze({ ...alert })), sayHookFailed);
    } catch (error) {
      sayHookFailed(error);
    }
  }

  /** Once: a failing alert must not become a flood of its own. */
  function sayHookFailed(error: unknown): void {
    if (hasAlertFailed) return;
    hasAlertFailed = true;
    log.writeNotice({ level: "error", code: "alert_hook_failed", message: "errorBoundary.onAlert failed", error });
  }

  return {
    name: "error-boundary",
    ...(options.duration ? { onRequest: (x: Exchange) => starts.set(x, clock.monotonicMs()) } : {}),
    onError(x, error, mechanism) {
      counts.errors++;
      // What the app reports by itself it has handled.
      return respond && mechanism !== "manual" && !x.response.sent ? reply(x, error) : undefined;
    },
    onUnhandled: reply,
    onHead(x, head) {
      if (x.errorId === null && x.error === undefined) return;
      if (x.errorId !== null) head.set(header, x.errorId);
      if (errorTypeHeader && x.error !== undefined) head.set("X-Error-Type", toToken(typeOf(x.error)));
      if (errorCountHeader && x.error !== undefined) head.set("X-Error-Count", String(counts.errors));
    },
    onFinish(x, outcome) {
      const hasError = outcome.error !== undefined || outcome.errorId !== null;
      if (hasError) counts.failedExchanges++;
      if (threshold > 0 && (hasError || counted.has(outcome.status))) count(x, outcome, hasError);
    },
    stats: () => ({ ...counts, watchedKeys: windows.size, forgottenKeys: windows.forgotten }),
  };
}

/** A name of a class may be any text. */
function toToken(name: string): string {
  return name.replaceAll(/[^\w.$-]/g, "_");
}
