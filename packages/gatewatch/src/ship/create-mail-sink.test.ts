import type { RequestEvent } from "@gatewatch/protocol";
import { afterEach, describe, expect, it } from "vitest";
import type { Mail, SendMail } from "@gatewatch/protocol/messages/render-mail";
import { openSmtpStandIn, type SmtpStandIn } from "./channels/smtp-stand-in.ts";
import { createClockStandIn, until } from "./clock-stand-in.ts";
import { createMailSink, type MailSinkOptions } from "./create-mail-sink.ts";

const clock = createClockStandIn(Date.UTC(2026, 0, 1));
let smtp: SmtpStandIn | undefined;
afterEach(async () => {
  await smtp?.close();
  smtp = undefined;
});

function open(changes: Partial<MailSinkOptions> = {}) {
  const log: string[] = [];
  const say = (message: string): unknown => log.push(message);
  const time = createClockStandIn(clock.now());
  const sink = createMailSink({
    to: ["ops@shop.test"],
    from: "gatewatch@shop.test",
    logger: { info: say, warn: say, error: say },
    clock: time,
    ...changes,
  });
  return { sink, log, time };
}

const failed = (status: number, changes: Partial<RequestEvent> = {}): RequestEvent => ({
  type: "request",
  time: clock.now(),
  method: "GET",
  path: "/a",
  route: null,
  status,
  durationMs: 1,
  ...changes,
});

describe("createMailSink()", () => {
  it("hands each failure to the app's own function", async () => {
    const mails: Mail[] = [];
    const { sink } = open({ sendMail: (mail) => void mails.push(mail), service: "shop" });
    sink.push(failed(404));
    await sink.flush(1000);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({
      from: "gatewatch@shop.test",
      to: ["ops@shop.test"],
      subject: "[shop] ⚠️ 404 Error: /a not found",
    });
    expect(mails[0]!.text).toContain("User ID: Anonymous\nUsername: Anonymous\nTimestamp: 2026-01-01 00:00:00 UTC");
  });

  it("sends by nodemailer to a real mail server, where no text of a stranger adds a header", async () => {
    smtp = await openSmtpStandIn();
    const { sink, log } = open({ smtpUrl: smtp.url });
    sink.push(failed(404, { path: "/a\r\nBcc: everyone@evil.test", userAgent: "x\r\n.\r\nMAIL FROM:<a@b>" }));
    await sink.flush(5000);
    expect(log).toEqual([]);
    expect(sink.stats()).toMatchObject({ pushed: 1, sent: 1 });
    const [headers = ""] = smtp.messages[0]!.split("\n\n");
    expect(headers).toContain("To: ops@shop.test");
    expect(headers).not.toMatch(/^Bcc:/m);
    expect(smtp.messages).toHaveLength(1);
    await sink.close(100);
  });

  it("tries again what may pass, and gives up a lasting refusal at once", async () => {
    smtp = await openSmtpStandIn();
    smtp.answer = "554 no";
    const { sink, log } = open({ smtpUrl: smtp.url });
    sink.push(failed(500));
    await sink.flush(5000);
    expect(sink.stats()).toMatchObject({ sent: 0, dropped: { sink_failed: 1 } });
    expect(log).toEqual([expect.stringContaining("E-mail failed")]);
    await sink.close(100);
  });

  it.each([
    ["a passing refusal", { responseCode: 451 }, 3],
    ["no connection", { code: "ECONNREFUSED" }, 3],
    ["a lasting refusal", { responseCode: 550 }, 1],
    ["a wrong password", { code: "EAUTH" }, 1],
    ["an address that is none", { code: "EENVELOPE" }, 1],
  ])("at %s it tries as often as it makes sense", async (_name, facts, attempts) => {
    let tried = 0;
    const sendMail: SendMail = () => {
      tried += 1;
      return Promise.reject(Object.assign(new Error("no"), facts));
    };
    const { sink, time, log } = open({ sendMail });
    sink.push(failed(500));
    for (let round = 1; round < attempts; round++) {
      await until(() => time.pending().includes(5000) && tried === round);
      time.advance(5000);
    }
    await until(() => log.length === 1);
    expect([tried, sink.stats().dropped]).toEqual([attempts, { sink_failed: 1 }]);
  });

  it("waits five seconds for an answer, no longer", async () => {
    let tried = 0;
    const never: SendMail = () => {
      tried += 1;
      return new Promise(() => undefined);
    };
    const { sink, time } = open({ sendMail: never });
    sink.push(failed(500));
    await until(() => tried === 1);
    time.advance(5000);
    await until(() => sink.stats().lastError !== null);
    expect(sink.stats().lastError).toBe("no answer after 5000 ms");
  });

  it("says once per message that nodemailer is missing", async () => {
    const { sink, log } = open({
      smtpUrl: "smtp://127.0.0.1:1",
      loadMailer: () => Promise.reject(new Error("Cannot find package")),
    });
    sink.push(failed(500));
    await sink.flush(1000);
    expect(log).toEqual([
      "E-mail failed: nodemailer cannot be loaded; install it (npm install nodemailer), or give email.sendMail",
    ]);
  });

  it("tells of a threshold that was reached", async () => {
    const mails: Mail[] = [];
    const { sink } = open({ sendMail: (mail) => void mails.push(mail) });
    sink.tellThreshold({
      key: "error:500:/a",
      count: 10,
      threshold: 10,
      windowMs: 300_000,
      more: 0,
      at: clock.now(),
      service: "shop",
    });
    await sink.flush(1000);
    expect(mails[0]!.subject).toBe("[shop] 🚨 10 errors for error:500:/a in 300s");
  });

  it("keeps fifty waiting messages, and counts those that it lets go", async () => {
    const { sink } = open({ sendMail: () => new Promise(() => undefined) });
    for (let index = 0; index < 60; index++) sink.push(failed(404, { route: `/r${index}` }));
    expect(sink.stats()).toMatchObject({ pushed: 60, queued: 50, dropped: { queue_full: 9 } });
  });
});
