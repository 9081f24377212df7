import { describe, expect, it } from "vitest";
import { openChannels } from "./open-channels.ts";
import { resolveOptions } from "./options/resolve-options.ts";

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

function open(given: object, env: Record<string, string> = {}) {
  const warnings: string[] = [];
  const channels = openChannels(resolveOptions(given, { env, dotenv: undefined }), quiet, warnings);
  return { names: channels.map(({ channel }) => channel.name), warnings };
}

const sendMail = (): Promise<void> => Promise.resolve();

describe("openChannels()", () => {
  it.each([
    [{}, []],
    [{ slack: { webhookUrl: "https://hooks.test/x" } }, ["slack"]],
    [{ email: { to: "a@b.test", sendMail } }, ["email"]],
    [{ email: { to: "a@b.test", smtpUrl: "smtps://u:p@mail.test:465" } }, ["email"]],
    [
      { slack: { webhookUrl: "http://hooks.test/x" }, email: { to: ["a@b.test"], smtpUrl: "smtp://mail.test" } },
      ["slack", "email"],
    ],
  ])("opens for %j: %j, without a warning", (given, names) => {
    expect(open(given)).toEqual({ names, warnings: [] });
  });

  it.each([
    [{ slack: { webhookUrl: "ftp://hooks.test/secret" } }, "no http or https address"],
    [{ slack: { webhookUrl: "nonsense-secret" } }, "no http or https address"],
    [{ slack: { cooldownMs: 5 } }, "Slack has no address"],
    [{ email: { to: "a@b.test" } }, "no mail server"],
    [{ email: { to: "a@b.test", smtpUrl: "https://mail-secret.test" } }, "must begin with smtp"],
    [{ email: { sendMail } }, "nobody to tell"],
    [{ email: { to: [], sendMail } }, "nobody to tell"],
  ])("stays closed for %j, and says so once: %s", (given, warning) => {
    const { names, warnings } = open(given);
    expect(names).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining(warning)]);
    expect(warnings[0]).not.toContain("secret");
  });

  it("says that an empty WEBHOOK_URL is none", () => {
    expect(open({}, { WEBHOOK_URL: "", GATEWATCH_SLACK_WEBHOOK_URL: "" }).warnings).toEqual([
      expect.stringContaining("Slack has no address"),
    ]);
  });
});
