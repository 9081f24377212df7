import type { MessageSettings } from "@gatewatch/protocol/messages/failure-facts";
import { renderMailFailure, renderMailThreshold, type SendMail } from "@gatewatch/protocol/messages/render-mail";
import { type ChannelPolicy, createLocalChannel } from "./channels/create-local-channel.ts";
import type { LocalChannel, LocalNote, NoteResult } from "./channels/local-channel.ts";
import { MailerMissingError, openSmtp } from "./channels/send-mail.ts";
import { type Clock, systemClock, type Timer } from "./clock.ts";

export interface MailSinkOptions extends ChannelPolicy, MessageSettings {
  to: readonly string[];
  from: string;
  /** Sends instead of nodemailer. */
  sendMail?: SendMail | null | undefined;
  /** `smtps://user:password@host:port`, for nodemailer. */
  smtpUrl?: string | null | undefined;
  /** Brings nodemailer. @default its package */
  loadMailer?: (() => Promise<unknown>) | undefined;
}

const PACE_MS = 5_000;

/** Tells people of failed requests by e-mail, without a Gatewatch server. */
export function createMailSink(options: MailSinkOptions): LocalChannel {
  const { to, from, sendMail, smtpUrl, clock = systemClock, loadMailer } = options;
  let smtp: Promise<{ send: SendMail; close(): void }> | undefined;

  async function open(timeoutMs: number): Promise<SendMail> {
    if (sendMail != null) return sendMail;
    smtp ??= openSmtp(smtpUrl ?? "", timeoutMs, loadMailer);
    return (await smtp).send;
  }

  async function send(note: LocalNote, timeoutMs: number): Promise<NoteResult> {
    const mail =
      note.kind === "failure" ? renderMailFailure(note.facts, options) : renderMailThreshold(note.facts, options);
    try {
      const deliver = async (): Promise<unknown> => (await open(timeoutMs))({ from, to, ...mail });
      await withDeadline(deliver(), timeoutMs, clock);
      return { ok: true };
    } catch (error) {
      return { ok: false, message: describe(error), retry: mayPass(error) };
    }
  }

  return createLocalChannel(
    {
      name: "email",
      description: "E-mail",
      paceMs: PACE_MS,
      send,
      close: () => void smtp?.then(({ close }) => close()).catch(() => undefined),
    },
    options,
  );
}

async function withDeadline(work: Promise<unknown>, timeoutMs: number, clock: Clock): Promise<void> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = clock.after(timeoutMs, () => reject(new Error(`no answer after ${timeoutMs} ms`)));
  });
  try {
    await Promise.race([work, late]);
  } finally {
    timer?.cancel();
  }
}

function describe(error: unknown): string {
  // One line; servers' answers may hold anything.
  return (error instanceof Error ? error.message : "failed").replaceAll(/\s+/g, " ").slice(0, 200);
}

/** SMTP's 5xx are for good (RFC 5321, section 4.2.1); a wrong password and a missing package stay as they are too. */
function mayPass(error: unknown): boolean {
  if (error instanceof MailerMissingError) return false;
  const { responseCode, code } = error as { responseCode?: unknown; code?: unknown };
  if (code === "EAUTH" || code === "EENVELOPE") return false;
  return !(typeof responseCode === "number" && responseCode >= 500);
}
