import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import type { Alert } from "../../model/alert.ts";
import { ChannelConfigError } from "../../model/channel-config-error.ts";
import { signWebhook, tryParseWebhookSecret } from "./sign-webhook.ts";
import { webhookChannel } from "./webhook.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const go = new AbortController().signal;
const ALERT: Alert = {
  id: "a1",
  projectId: 1,
  projectName: "shop",
  rule: { id: 0, name: "Agent", kind: "agent" },
  at: Date.UTC(2026, 10, 20),
  issue: null,
  count: null,
  agent: { action: "trigger_workflow", message: "m", category: null, severity: null, workflow: "system_recovery" },
  request: null,
  cause: null,
  link: null,
};

interface Got {
  headers: IncomingMessage["headers"];
  body: string;
}

let server: Server | undefined;
afterEach(() => server?.close());

async function receive(answer: (response: ServerResponse) => void): Promise<{ url: string; got: Got[] }> {
  const got: Got[] = [];
  server = createServer(async (request, response) => {
    got.push({ headers: request.headers, body: (await buffer(request)).toString() });
    answer(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got };
}

const send = (url: string, alert: Alert = ALERT, sends?: string) =>
  webhookChannel.send(alert, webhookChannel.parseConfig({ url, secret: SECRET, ...(sends ? { sends } : {}) }), go);

it("signs as Standard Webhooks does, by the example of its specification", () => {
  const key = tryParseWebhookSecret(SECRET)!;
  expect(
    signWebhook(key, { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", atMs: 1614265330_000, body: '{"test": 2432232314}' }),
  ).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

describe("webhookChannel", () => {
  it("takes an answer that never ends by its begin, and hangs up", async () => {
    const hungUp = Promise.withResolvers<void>();
    const { url } = await receive((response) => {
      response.once("close", hungUp.resolve);
      response.writeHead(500);
      const writeOn = (): void => void response.write("x".repeat(1024), (error) => error ?? writeOn());
      writeOn();
    });
    const result = await send(url);
    expect(result).toEqual({ ok: false, retry: true, message: `The webhook answered 500: ${"x".repeat(200)}` });
    await hungUp.promise;
  });

  it("posts JSON whose signature the receiver can check", async () => {
    const { url, got } = await receive((response) => response.end());
    expect(await send(url)).toEqual({ ok: true });
    const { headers, body } = got[0]!;
    const signed = `${headers["webhook-id"] as string}.${headers["webhook-timestamp"] as string}.${body}`;
    const key = Buffer.from(SECRET.slice(6), "base64");
    expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
    expect(headers["webhook-id"]).toBe("a1");
    expect(JSON.parse(body)).toMatchObject({
      type: "workflow.triggered",
      timestamp: "2026-11-20T00:00:00.000Z",
      data: { id: "a1", agent: { workflow: "system_recovery" } },
    });
  });

  it("tells ordinary alerts too, unless it is for workflows alone", async () => {
    const { url, got } = await receive((response) => response.end());
    const alert: Alert = { ...ALERT, agent: null, rule: { id: 1, name: "New issue", kind: "newIssue" } };
    expect(await send(url, alert, "workflows")).toEqual({ ok: true });
    expect(got).toEqual([]);
    expect(await send(url, alert)).toEqual({ ok: true });
    expect((JSON.parse(got[0]!.body) as { type: string }).type).toBe("alert.newIssue");
  });

  it.each([
    [302, { location: "http://127.0.0.1:9/" }, { ok: false, retry: false }],
    [400, {}, { ok: false, retry: false }],
    [410, {}, { ok: false, retry: false }],
    [429, { "retry-after": "7" }, { ok: false, retry: true, retryAfterMs: 7000 }],
    [503, {}, { ok: false, retry: true }],
  ])("judges an answer of %i", async (status, headers, result) => {
    const { url, got } = await receive((response) => response.writeHead(status, headers).end("no"));
    expect(await send(url)).toMatchObject(result);
    expect(got).toHaveLength(1);
  });

  it("tries again when nobody answers", async () => {
    const { url } = await receive((response) => response.destroy());
    expect(await send(url)).toMatchObject({ ok: false, retry: true });
  });

  it.each([
    [{}, "secret"],
    [{ url: "https://hooks.example.org/", secret: "short" }, "secret"],
    [{ url: "https://hooks.example.org/", secret: "whsec_c2hvcnQ=" }, "secret"],
    [{ url: "https://hooks.example.org/", secret: SECRET, sends: "nothing" }, "sends"],
    [{ url: "https://10.0.0.1/", secret: SECRET }, "url"],
    [{ url: "http://hooks.example.org/", secret: SECRET }, "url"],
    [{ url: "https://hooks.example.org/", secret: SECRET, port: 1 }, "port"],
    [null, "config"],
  ])("refuses %j", (config, key) => {
    expect(() => webhookChannel.parseConfig(config)).toThrow(ChannelConfigError);
    expect(() => webhookChannel.parseConfig(config)).toThrow(new RegExp(`^${key}:`));
  });
});
