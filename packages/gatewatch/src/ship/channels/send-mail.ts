import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { SendMail } from "@gatewatch/protocol/messages/render-mail";

interface Mailer {
  createTransport(settings: Readonly<Record<string, unknown>>): {
    sendMail(mail: object): Promise<unknown>;
    close?(): void;
  };
}

/** Thrown where e-mail goes out through nodemailer and the app has none. */
export class MailerMissingError extends Error {
  readonly code = "mailer_missing";
  constructor(cause: unknown) {
    super("nodemailer cannot be loaded; install it (npm install nodemailer), or give email.sendMail", { cause });
  }
}

/** nodemailer over `smtps://user:password@host:port`; it is the app's own, and loaded when the first message leaves. @throws MailerMissingError */
export async function openSmtp(
  smtpUrl: string,
  timeoutMs: number,
  load: () => Promise<unknown> = loadNodemailer,
): Promise<{ send: SendMail; close(): void }> {
  let mailer: Mailer;
  try {
    mailer = toMailer(await load());
  } catch (error) {
    throw new MailerMissingError(error);
  }
  const transport = mailer.createTransport({
    url: smtpUrl,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // Nothing that a stranger wrote may name a file or an address to be attached.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { send: (mail) => transport.sendMail({ ...mail, to: [...mail.to] }), close: () => transport.close?.() };
}

/**
 * The app's own, found from its main script, else from its folder. By `require`, which bundlers leave alone: they would look for the package
 * in apps that have none.
 */
async function loadNodemailer(): Promise<unknown> {
  const [, script] = process.argv;
  const places = [...(script === undefined ? [] : [script]), join(process.cwd(), "app.js")];
  let failure: unknown;
  for (const place of places) {
    try {
      return createRequire(resolve(place))("nodemailer");
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function toMailer(module: unknown): Mailer {
  const found = [module, (module as { default?: unknown }).default].find(
    (part) => typeof (part as Partial<Mailer> | undefined)?.createTransport === "function",
  );
  if (found === undefined) throw new TypeError("it has no createTransport()");
  return found as Mailer;
}
