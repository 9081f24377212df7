import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { createEventDetector, type DetectableEvent, restoreEventDetector } from "@gatewatch/detect";
import { pseudonymiseAddress } from "@gatewatch/protocol/redact/pseudonymise";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { cacheByText } from "./gate/cache-by-text.ts";
import { type Detection, detectEvents } from "./layers/anomaly/detect-events.ts";
import { EventStreams } from "./layers/anomaly/event-streams.ts";
import { openExchange } from "./ship/streams/open-exchange.ts";
import { StreamSharing } from "./ship/streams/stream-sharing.ts";
import type { DetectionPorts } from "./layers/list.ts";
import { openRemoteJudge } from "./open-remote-judge.ts";
import type { ResolvedOptions } from "./options/resolve-options.ts";
import type { UserView } from "./record/view-user.ts";
import { type Clock, systemClock, type Timer } from "./ship/clock.ts";

/** How an app asks whether something of its own is unusual. Neither throws nor rejects. */
export interface EventDetection {
  /** Judges events in process, at once, and learns from them; no anomalies while the stream is calibrating. */
  detect(stream: string, events: DetectableEvent | readonly DetectableEvent[]): Detection;
  /** The server's judgement of one event within `deadlineMs` (`anomaly.deadlineMs` by default); `unavailable`, without anomalies, otherwise. */
  detectRemotely(stream: string, event: DetectableEvent, deadlineMs?: number): Promise<Detection>;
}

export interface OpenDetection extends EventDetection, DetectionPorts {
  /** Undefined until something was to be judged. */
  stats(): Record<string, number> | undefined;
  close(deadlineMs: number): Promise<void>;
}

/** Loads the engine when something is to be judged first. */
export function openDetection(options: ResolvedOptions, redactor: Redactor, viewUser: UserView): OpenDetection {
  const { maxStreams, deadlineMs, profile, threshold } = options.anomaly;
  const remote = options.enabled ? openRemoteJudge(options) : undefined;
  const rate = threshold === null ? { profile } : { level: threshold };
  const openSharing = prepareSharing(options);
  let streams: EventStreams | undefined;

  function openStreams(): EventStreams {
    const kit = {
      create: () => createEventDetector(rate),
      restore: (snapshot: Uint8Array) => restoreEventDetector(snapshot, rate),
    };
    return (streams ??= new EventStreams({ kit, maxStreams, sharing: openSharing?.() }));
  }

  return {
    openStreams,
    redactor,
    viewUser,
    viewSender: createSenderView(options),
    remote,
    detect: (stream, events) => detectEvents({ streams: openStreams(), redactor }, stream, events, Date.now()),
    async detectRemotely(stream, event, ms = deadlineMs) {
      return (await remote?.judge(stream, event, ms)) ?? { status: "unavailable", anomalies: [] };
    },
    stats: () => streams?.stats(),
    close: async (ms) => await streams?.close(ms),
  };
}

const MAX_KNOWN_SENDERS = 2_000;
const PSEUDONYM_DIGITS = 16;

/** Processes of one app have one secret, or one token at least: who sends much must be the same to all of them. */
function createSenderView({ secret, token, clientAddress }: ResolvedOptions): (address: string) => string {
  let key: string | Uint8Array | null = secret ?? (clientAddress === "drop" ? null : token);
  return cacheByText((address) => {
    key ??= randomBytes(32);
    return pseudonymiseAddress(address, key).slice(0, PSEUDONYM_DIGITS);
  }, MAX_KNOWN_SENDERS);
}

/** How streams are shared with other processes; undefined where nobody would answer, or nobody is to hear of them. */
function prepareSharing({
  enabled,
  url,
  token,
  delivery,
  anomaly,
}: ResolvedOptions): (() => StreamSharing) | undefined {
  const { share } = anomaly;
  const { timeoutMs } = delivery;
  if (!enabled || !share || url === null || token === null) return undefined;
  // Streams are opened inside requests, whose context the timers must not hold on to.
  const runOutside = AsyncLocalStorage.snapshot();
  const clock: Clock = {
    now: () => systemClock.now(),
    after: (ms, task, keepAlive) => runOutside((): Timer => systemClock.after(ms, task, keepAlive)),
  };
  return () =>
    new StreamSharing({ exchange: openExchange({ url, token, timeoutMs, clock }), clock, random: Math.random });
}
