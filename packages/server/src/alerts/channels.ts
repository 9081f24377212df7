import type { Channel } from "../model/alert.ts";
import { slackChannel } from "./channels/slack.ts";
import { webhookChannel } from "./channels/webhook.ts";

/** Every way to tell people. One more is one file and one line here. */
export const CHANNELS: readonly Channel[] = [eraseConfig(slackChannel), eraseConfig(webhookChannel)];

/** A channel's `send` only ever gets what its own `parseConfig` returned; see `deliverAlert`. */
function eraseConfig<Config>(channel: Channel<Config>): Channel {
  return channel as unknown as Channel;
}

export function findChannel(kind: string, channels: readonly Channel[] = CHANNELS): Channel | undefined {
  return channels.find((channel) => channel.name === kind);
}
