import type { Alert, Channel, OutboxRow, SendResult } from "../model/alert.ts";
import { ChannelConfigError } from "../model/channel-config-error.ts";
import type { ChannelRecord } from "../model/store.ts";
import { findChannel } from "./channels.ts";

export const SEND_TIMEOUT_MS = 5000;

/** Sends one alert through one channel within five seconds; never throws. */
export async function deliverAlert(
  alert: Alert,
  record: ChannelRecord | undefined,
  channels: readonly Channel[],
): Promise<SendResult> {
  if (record === undefined) return { ok: false, retry: false, message: "The channel does not exist any more." };
  if (!record.enabled) return { ok: false, retry: false, message: `The channel "${record.name}" is switched off.` };
  const channel = findChannel(record.kind, channels);
  if (channel === undefined) return { ok: false, retry: false, message: `No channel is called "${record.kind}".` };
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new DOMException("No answer in time", "TimeoutError")), SEND_TIMEOUT_MS);
  try {
    const config = channel.parseConfig(record.config);
    return await channel.send(alert, config, timeout.signal);
  } catch (error) {
    const message = error instanceof Error ? error.message : "unknown failure";
    return { ok: false, retry: !(error instanceof ChannelConfigError), message };
  } finally {
    clearTimeout(timer);
  }
}

/** Only `toOutboxRow` writes rows of kind `alert`. */
export function readAlert(row: OutboxRow): Alert {
  return row.payload as unknown as Alert;
}
