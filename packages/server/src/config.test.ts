import { describe, expect, it } from "vitest";
import { resolveServerConfig } from "./config.ts";

describe("resolveServerConfig()", () => {
  it("has a default for everything", () => {
    expect(resolveServerConfig({})).toMatchObject({ host: "127.0.0.1", port: 4400, role: "all", databaseUrl: null });
  });

  it("takes the environment, and flags before it", () => {
    expect(resolveServerConfig({ GATEWATCH_PORT: "1" })).toMatchObject({ port: 1 });
    expect(resolveServerConfig({ GATEWATCH_PORT: "1" }, { port: "2" })).toMatchObject({ port: 2 });
  });

  it("reads yes and no in any case", () => {
    expect(resolveServerConfig({})).toMatchObject({ journalSalvage: false });
    expect(resolveServerConfig({ GATEWATCH_JOURNAL_SALVAGE: "TRUE" })).toMatchObject({ journalSalvage: true });
    expect(resolveServerConfig({ GATEWATCH_JOURNAL_SALVAGE: "0" })).toMatchObject({ journalSalvage: false });
    expect(() => resolveServerConfig({ GATEWATCH_JOURNAL_SALVAGE: "maybe" })).toThrow(/"maybe": must be true or false/);
  });

  it("names the setting, its value and what is allowed", () => {
    expect(() => resolveServerConfig({ GATEWATCH_PORT: "99999" })).toThrow(/GATEWATCH_PORT is "99999".*65535/);
    expect(() => resolveServerConfig({}, { port: "x" })).toThrow(/--port is "x"/);
    expect(() => resolveServerConfig({ DATABASE_URL: "mysql://x" })).toThrow(/DATABASE_URL.*postgres:\/\//);
  });

  it("never shows a secret", () => {
    expect(() => resolveServerConfig({ GATEWATCH_SECRET: "short" })).toThrow(/GATEWATCH_SECRET is \(hidden\)/);
  });

  it("understands the names of older tools", () => {
    expect(resolveServerConfig({ WEBHOOK_URL: "https://hooks.slack.com/services/T/B/x" }).slackWebhookUrl).toContain(
      "hooks.slack.com",
    );
  });

  it("wants a model where a model is to be asked", () => {
    expect(() => resolveServerConfig({ GATEWATCH_ANALYST: "openai" })).toThrow(/GATEWATCH_ANALYST_MODEL/);
  });
});
