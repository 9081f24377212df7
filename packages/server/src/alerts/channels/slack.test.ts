import { describe, expect, it } from "vitest";
import { ChannelConfigError } from "../../model/channel-config-error.ts";
import { channelFromEnvironment } from "../channel-from-environment.ts";
import { slackChannel } from "./slack.ts";

function keyOfFailure(config: unknown): string {
  try {
    slackChannel.parseConfig(config);
    return "none";
  } catch (error) {
    return error instanceof ChannelConfigError ? error.key : String(error);
  }
}

describe("slackChannel.parseConfig()", () => {
  it.each([
    "https://hooks.slack.com/services/T/B/x",
    "https://chat.example.org/hooks/1",
    "http://127.0.0.1:9/x",
    "http://[::1]:9/x",
  ])("takes %s", (webhookUrl) => {
    expect(slackChannel.parseConfig({ webhookUrl })).toEqual({ webhookUrl });
  });

  it.each([
    "http://hooks.slack.com/services/T/B/x",
    "http://127.evil.example/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest",
    "https://192.168.1.1/",
    "https://2130706433/",
    "https://[fd00::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://localhost/",
    "https://user:word@hooks.slack.com/",
    "file:///etc/passwd",
    "nonsense",
    7,
    undefined,
  ])("refuses %j", (webhookUrl) => {
    expect(keyOfFailure({ webhookUrl })).toBe("webhookUrl");
  });

  it("names an unknown key, and never shows the secret", () => {
    expect(keyOfFailure({ webhookUrl: "https://hooks.slack.com/x", chanel: "#ops" })).toBe("chanel");
    expect(keyOfFailure(null)).toBe("config");
    expect(() => slackChannel.parseConfig({ webhookUrl: "http://hooks.slack.com/services/SECRET" })).toThrow(
      /^(?!.*SECRET).*http:\/\/hooks\.slack\.com/,
    );
  });

  it("is made from the environment when an address is given", () => {
    expect(channelFromEnvironment(null)).toBeNull();
    expect(channelFromEnvironment("https://hooks.slack.com/x")).toMatchObject({ kind: "slack", enabled: true });
  });
});
