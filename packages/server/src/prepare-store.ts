import { channelFromEnvironment } from "./alerts/channel-from-environment.ts";
import { ensureAlertRules } from "./alerts/ensure-alert-rules.ts";
import type { Store } from "./model/store.ts";

const ENVIRONMENT_CHANNEL = "Slack (from the environment)";

/** What a store has before its first event: alert rules for each project, and the channel that the environment names. */
export async function prepareStore(store: Store, slackWebhookUrl: string | null): Promise<void> {
  for (const project of await store.control.listProjects()) await ensureAlertRules(store, project);
  const wanted = channelFromEnvironment(slackWebhookUrl);
  const present = (await store.control.listChannels()).find((channel) => channel.name === ENVIRONMENT_CHANNEL);
  if (wanted === null) {
    if (present !== undefined) await store.control.deleteChannel(present.id);
  } else if (present === undefined) {
    await store.control.createChannel({ ...wanted, name: ENVIRONMENT_CHANNEL });
  } else {
    await store.control.updateChannel(present.id, { config: wanted.config });
  }
}
