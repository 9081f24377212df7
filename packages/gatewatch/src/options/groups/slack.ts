import { ADDRESS_POLICY, type GroupSpec, integer, SECRET } from "../option-kinds.ts";
import type { AddressPolicy } from "../options.ts";

export interface SlackOptions {
  /** Incoming webhook of Slack (`WEBHOOK_URL`). @default null */
  webhookUrl: string | null;
  /** What Slack sees of client addresses; null: as `clientAddress` says. @default null */
  clientAddress: AddressPolicy | null;
  /** One message per kind and route in this time (ms); the next one counts the others. @default 300000 */
  cooldownMs: number;
}

export const SLACK_SPEC: GroupSpec<SlackOptions> = {
  webhookUrl: { default: null, kind: SECRET, doc: "Incoming webhook of Slack.", aliases: ["WEBHOOK_URL"] },
  clientAddress: {
    default: null,
    kind: ADDRESS_POLICY,
    doc: "What Slack sees of client addresses; as `clientAddress` says when not set.",
  },
  cooldownMs: {
    default: 300_000,
    kind: integer(0, 86_400_000),
    doc: "One message per kind and route in this time; the next one counts the others.",
  },
};
