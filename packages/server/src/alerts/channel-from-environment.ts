import type { Attributes } from "@gatewatch/protocol";
import { slackChannel } from "./channels/slack.ts";

/** The channel that the environment configures, to be created or updated at start. Throws ChannelConfigError. */
export function channelFromEnvironment(
  webhookUrl: string | null,
): { kind: string; name: string; enabled: boolean; config: Attributes } | null {
  if (webhookUrl === null) return null;
  const { webhookUrl: checked } = slackChannel.parseConfig({ webhookUrl });
  return {
    kind: slackChannel.name,
    name: "Slack (from the environment)",
    enabled: true,
    config: { webhookUrl: checked },
  };
}
