import type { SendMail } from "@gatewatch/protocol/messages/render-mail";
import { ADDRESS_POLICY, type GroupSpec, integer, type OptionKind, SECRET } from "../option-kinds.ts";
import type { AddressPolicy } from "../options.ts";
import { functionKind, listKind } from "../code-kinds.ts";

export interface EmailOptions {
  /** Who is told of failures. @default [] */
  to: readonly string[];
  /** @default "gatewatch@localhost" */
  from: string;
  /** `smtps://user:password@host:port`; needs the package nodemailer. @default null */
  smtpUrl: string | null;
  /** Sends instead of nodemailer. @default null */
  sendMail: SendMail | null;
  /** What e-mails show of client addresses; null: as `clientAddress` says. @default null */
  clientAddress: AddressPolicy | null;
  /** One message per kind and route in this time (ms); the next one counts the others. @default 300000 */
  cooldownMs: number;
}

const MAILBOX: OptionKind = {
  type: "code",
  allowed: "an e-mail address",
  parse: parseMailbox,
  fromText: (text) => text.trim(),
};

export const EMAIL_SPEC: GroupSpec<EmailOptions> = {
  to: { default: [], kind: listKind("a list of e-mail addresses", parseMailbox), doc: "Who is told of failures." },
  from: { default: "gatewatch@localhost", kind: MAILBOX, doc: "Sender of those messages." },
  smtpUrl: {
    default: null,
    kind: SECRET,
    doc: "Mail server as `smtps://user:password@host:port`; needs the package nodemailer in the app.",
  },
  sendMail: {
    default: null,
    kind: functionKind("({ from, to, subject, text, html }) => promise"),
    doc: "Sends instead of nodemailer.",
  },
  clientAddress: {
    default: null,
    kind: ADDRESS_POLICY,
    doc: "What e-mails show of client addresses; as `clientAddress` says when not set.",
  },
  cooldownMs: {
    default: 300_000,
    kind: integer(0, 86_400_000),
    doc: "One message per kind and route in this time; the next one counts the others.",
  },
};

/** `a@b.test` or `Name <a@b.test>`; a line break in it would add a header. */
function parseMailbox(item: unknown): string {
  const text = typeof item === "string" ? item.trim() : "";
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  if (text.length <= 320 && /^(?:[^\u0000-\u001f<>@,;]*<[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/.test(text))
    return text;
  throw new TypeError(`${JSON.stringify(item)} is no e-mail address`);
}
