import { randomUUID } from "node:crypto";
import { CHANNELS, findChannel } from "./alerts/channels.ts";
import { deliverAlert } from "./alerts/deliver-alert.ts";
import type { ApiVerbs } from "./api/api-deps.ts";
import type { Alert } from "./model/alert.ts";
import { ApiError } from "./model/api-error.ts";
import { ChannelConfigError } from "./model/channel-config-error.ts";

/** What the API may do with channels. */
export function makeChannelVerbs(
  publicUrl: string | null,
): Pick<ApiVerbs, "channelKinds" | "parseChannelConfig" | "testChannel"> {
  return {
    channelKinds: () => CHANNELS.map((channel) => ({ kind: channel.name, configSchema: channel.configSchema })),
    parseChannelConfig(kind, config) {
      const channel = findChannel(kind);
      if (channel === undefined)
        throw new ApiError(
          "invalid_request",
          `There is no kind of channel "${kind}"; there are ${CHANNELS.map((known) => known.name).join(", ")}.`,
        );
      try {
        channel.parseConfig(config);
        return config;
      } catch (error) {
        if (error instanceof ChannelConfigError) throw new ApiError("invalid_request", error.message, { cause: error });
        throw error;
      }
    },
    async testChannel(record, at) {
      const result = await deliverAlert(makeTestAlert(at, publicUrl), record, CHANNELS);
      return result.ok ? { ok: true, message: "Delivered." } : { ok: false, message: result.message };
    },
  };
}

function makeTestAlert(at: number, link: string | null): Alert {
  return {
    id: randomUUID(),
    projectId: 0,
    projectName: "Gatewatch",
    rule: { id: 0, name: "Test of the channel", kind: "newIssue" },
    at,
    issue: null,
    count: null,
    request: null,
    cause: "This is a test: alerts reach this channel.",
    link,
  };
}
