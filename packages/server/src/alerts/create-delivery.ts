import type { Alert, Channel, OutboxRow, SendResult } from "../model/alert.ts";
import type { Clock } from "../model/clock.ts";
import type { ChannelRecord, Store } from "../model/store.ts";
import { backoffMs, MAX_TRIES } from "./backoff.ts";
import { ChannelPace } from "./channel-pace.ts";
import { CHANNELS } from "./channels.ts";
import { deliverAlert, readAlert } from "./deliver-alert.ts";

const LEASE_MS = 120_000;
const CLAIM_LIMIT = 20;
/** Rows taken at a time while a channel is over its cap, so that one message tells of them all. */
const MAX_GATHERED = 2000;
const HELD = "Held back: the channel has sent its 60 messages of this hour.";

export interface DeliveryOptions {
  store: Pick<Store, "outbox" | "control">;
  clock: Clock;
  channels?: readonly Channel[];
  /** In [0, 1). @default Math.random */
  random?: () => number;
  /** Waits between two messages of one channel. @default a timer */
  wait?: (ms: number, stop: AbortSignal) => Promise<void>;
  /** Told of each failure; must never lead to an alert. @default nothing */
  onFailure?: (failure: { channelId: number | null; rowId: string; message: string; dead: boolean }) => void;
}

export interface Delivery {
  /** Sends what is due; the number of rows that it took on. */
  deliverDue(stop: AbortSignal): Promise<number>;
}

/** Takes alerts out of the outbox and sends them, at least once each, with what each channel can bear. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { store, clock, channels = CHANNELS, random = Math.random, wait = waitByTimer, onFailure = () => {} } = options;
  const paces = new Map<number, ChannelPace>();
  const paceOf = (id: number): ChannelPace => {
    const pace = paces.get(id) ?? new ChannelPace();
    paces.set(id, pace);
    return pace;
  };

  async function deliverDue(stop: AbortSignal): Promise<number> {
    const rows = await gather(store.outbox, clock);
    if (rows.length === 0) return 0;
    const records = new Map((await store.control.listChannels()).map((record) => [record.id, record]));
    const byChannel = Map.groupBy(rows, (row) => row.channelId ?? 0);
    await Promise.all(
      [...byChannel].map(([id, ofChannel]) => deliverToChannel(paceOf(id), records.get(id), ofChannel, stop)),
    );
    return rows.length;
  }

  async function deliverToChannel(
    pace: ChannelPace,
    record: ChannelRecord | undefined,
    rows: OutboxRow[],
    stop: AbortSignal,
  ): Promise<void> {
    const held = rows.filter((row) => row.lastError === HELD);
    const messages = [
      ...(held.length > 0 ? [held] : []),
      ...rows.filter((row) => row.lastError !== HELD).map((row) => [row]),
    ];
    for (const message of messages) {
      // A lease ends by itself; what was not begun is taken up by the next worker.
      if (stop.aborted) return;
      const openUntil = pace.circuitOpenUntil(clock());
      const cappedUntil = pace.cappedUntil(clock());
      if (openUntil !== undefined) await postpone(message, openUntil, "The channel failed five times; it rests.");
      else if (cappedUntil !== undefined) await postpone(message, cappedUntil, HELD);
      else await sendMessage(pace, record, message, stop);
    }
  }

  async function sendMessage(
    pace: ChannelPace,
    record: ChannelRecord | undefined,
    rows: OutboxRow[],
    stop: AbortSignal,
  ): Promise<void> {
    const alert = combine(rows);
    if (alert === undefined) return;
    const gapMs = pace.gapLeft(clock());
    if (gapMs > 0) await wait(gapMs, stop);
    if (stop.aborted) return;
    pace.recordTry(clock());
    const result = await deliverAlert(alert, record, channels);
    const now = clock();
    if (result.ok) {
      pace.recordSuccess(now);
      for (const row of rows) await store.outbox.complete(row.id, now);
    } else {
      pace.recordFailure(now);
      for (const row of rows) await settleFailure(row, result, now);
    }
    if (record !== undefined)
      await store.control.recordChannelResult(record.id, now, result.ok ? null : result.message);
  }

  async function settleFailure(row: OutboxRow, result: Extract<SendResult, { ok: false }>, now: number): Promise<void> {
    // Claiming has counted this try already.
    const dead = !result.retry || row.attempts >= MAX_TRIES;
    if (dead) await store.outbox.bury(row.id, result.message);
    else
      await store.outbox.retry(
        row.id,
        now + (result.retryAfterMs ?? backoffMs(row.attempts, random())),
        result.message,
      );
    onFailure({ channelId: row.channelId, rowId: row.id, message: result.message, dead });
  }

  async function postpone(rows: OutboxRow[], until: number, reason: string): Promise<void> {
    for (const row of rows) {
      if (row.attempts >= MAX_TRIES) await store.outbox.bury(row.id, reason);
      else await store.outbox.retry(row.id, until, reason);
    }
  }

  return { deliverDue };
}

/** A few rows; of those that were held back, all, since they become one message. */
async function gather(outbox: Store["outbox"], clock: Clock): Promise<OutboxRow[]> {
  const gathered: OutboxRow[] = [];
  let fresh = 0;
  while (gathered.length < MAX_GATHERED && fresh < CLAIM_LIMIT) {
    const rows = await outbox.claim(["alert"], clock(), LEASE_MS, CLAIM_LIMIT);
    gathered.push(...rows);
    fresh += rows.filter((row) => row.lastError !== HELD).length;
    if (rows.length < CLAIM_LIMIT) break;
  }
  return gathered;
}

/** The newest alert, saying how many others it stands for. */
function combine(rows: OutboxRow[]): Alert | undefined {
  const newest = rows.reduce<OutboxRow | undefined>(
    (latest, row) => (latest === undefined || row.createdAt > latest.createdAt ? row : latest),
    undefined,
  );
  if (newest === undefined) return undefined;
  const more = rows.reduce((sum, row) => sum + (readAlert(row).suppressed ?? 0), rows.length - 1);
  return more === 0 ? readAlert(newest) : { ...readAlert(newest), suppressed: more };
}

function waitByTimer(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      stop.removeEventListener("abort", done);
      resolve();
    }
    stop.addEventListener("abort", done, { once: true });
  });
}
