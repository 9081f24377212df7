import { channelFromEnvironment } from "./alerts/channel-from-environment.ts";
import type { Store } from "./model/store.ts";

/** Setting that remembers which channel is the environment's, whatever people call it. */
const CHANNEL_SETTING = "environmentChannel";

/**
 * Brings the channel that the environment names up to date: made once, then changed, and switched off when the environment
 * names none any more. It is never removed, so that its waiting alerts and the rules that name it keep their channel.
 */
export async function openEnvironmentChannel(store: Store, slackWebhookUrl: string | null): Promise<void> {
  const wanted = channelFromEnvironment(slackWebhookUrl);
  const known = await store.control.getSetting(CHANNEL_SETTING);
  const present = (await store.control.listChannels()).find((channel) => channel.id === known);
  if (present !== undefined) {
    await store.control.updateChannel(
      present.id,
      wanted === null ? { enabled: false } : { enabled: true, config: wanted.config },
    );
  } else if (wanted !== null) {
    const made = await store.control.createChannel(wanted);
    await store.control.setSetting(CHANNEL_SETTING, made.id);
  }
}
