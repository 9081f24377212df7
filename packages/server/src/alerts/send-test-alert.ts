import type { Alert, Channel } from "../model/alert.ts";
import type { ChannelRecord } from "../model/store.ts";
import { CHANNELS } from "./channels.ts";
import { deliverAlert } from "./deliver-alert.ts";

/** Sends a harmless alert through a channel, past its cap and pauses, and says what came of it; never throws. */
export async function sendTestAlert(
  record: ChannelRecord,
  at: number,
  channels: readonly Channel[] = CHANNELS,
): Promise<{ ok: boolean; message: string }> {
  const alert: Alert = {
    id: `test-${record.id}-${at}`,
    projectId: 0,
    projectName: "Gatewatch",
    rule: { id: 0, name: "A test of this channel", kind: "newIssue" },
    at,
    issue: {
      id: 0,
      title: "This is a test: alerts arrive here",
      culprit: "",
      state: "new",
      severity: "low",
      events: 0,
      users: 0,
      firstSeen: at,
      release: null,
      environment: null,
    },
    count: null,
    request: null,
    cause: null,
    link: null,
  };
  const result = await deliverAlert(alert, { ...record, enabled: true }, channels);
  return result.ok ? { ok: true, message: "The channel took the message." } : { ok: false, message: result.message };
}
