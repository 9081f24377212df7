import { describe, expect, it } from "vitest";
import { resolveServerConfig } from "./server-settings.ts";

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
    expect(resolveServerConfig({}, { journalSalvage: "true" })).toMatchObject({ journalSalvage: true });
    expect(resolveServerConfig({ GATEWATCH_JOURNAL_SALVAGE: "0" })).toMatchObject({ journalSalvage: false });
    expect(() => resolveServerConfig({ GATEWATCH_JOURNAL_SALVAGE: "maybe" })).toThrow(/"maybe": must be true or false/);
  });

  it("names the setting, its value and what is allowed", () => {
    expect(() => resolveServerConfig({ GATEWATCH_PORT: "99999" })).toThrow(/GATEWATCH_PORT is "99999".*65535/);
    expect(() => resolveServerConfig({}, { port: "x" })).toThrow(/--port is "x"/);
    expect(() => resolveServerConfig({ DATABASE_URL: "mysql://x" })).toThrow(/DATABASE_URL.*must begin with postgres/);
  });

  it.each([
    ["GATEWATCH_SECRET", "short"],
    ["DATABASE_URL", "mysql://user:hunter2@db/x"],
    ["GATEWATCH_SLACK_WEBHOOK_URL", "hooks.slack.com/T0/B0/hunter2"],
  ])("never shows the value of %s", (name, value) => {
    expect(() => resolveServerConfig({ [name]: value })).toThrow(`${name} is (hidden)`);
    expect(() => resolveServerConfig({ [name]: value })).not.toThrow(value);
  });

  it("gives a vendor's key to that vendor only", () => {
    const keys = { ANTHROPIC_API_KEY: "a", OPENAI_API_KEY: "o", GATEWATCH_ANALYST_MODEL: "m" };
    expect(resolveServerConfig({ ...keys, GATEWATCH_ANALYST: "openai" }).analystKey).toBe("o");
    expect(resolveServerConfig({ ...keys, GATEWATCH_ANALYST: "anthropic" }).analystKey).toBe("a");
    const elsewhere = { ...keys, GATEWATCH_ANALYST: "openai", GATEWATCH_ANALYST_URL: "http://127.0.0.1:11434/v1" };
    expect(resolveServerConfig(elsewhere).analystKey).toBeNull();
    expect(resolveServerConfig({ ...elsewhere, GATEWATCH_ANALYST_KEY: "k" }).analystKey).toBe("k");
  });

  it("warns of a misspelt setting, and not of the middleware's own", () => {
    expect(resolveServerConfig({ GATEWATCH_PORTT: "1" }).warnings).toEqual([
      "GATEWATCH_PORTT is no setting of the server; did you mean GATEWATCH_PORT?",
    ]);
    const own = { GATEWATCH_URL: "x", GATEWATCH_TOKEN: "x", GATEWATCH_MODE: "await", GATEWATCH_RELEASE: "1" };
    expect(resolveServerConfig(own).warnings).toEqual([]);
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
