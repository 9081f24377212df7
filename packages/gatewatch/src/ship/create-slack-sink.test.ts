import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RequestEvent } from "@gatewatch/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClockStandIn, until, type ClockStandIn } from "./clock-stand-in.ts";
import { createSlackSink } from "./create-slack-sink.ts";
import type { Sink } from "./sink.ts";

interface Message {
  text: string;
  attachments: { color: string; fields: { title: string; value: string; short: boolean }[] }[];
}

let slack: Server;
let messages: Message[];
let answer: (response: ServerResponse) => void;
let clock: ClockStandIn;
let log: string[];

beforeEach(async () => {
  messages = [];
  log = [];
  clock = createClockStandIn(Date.UTC(2026, 0, 1));
  answer = (response) => void response.end("ok");
  slack = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      messages.push(JSON.parse(text) as Message);
      answer(response);
    });
  });
  await new Promise<void>((resolve) => slack.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  slack.closeAllConnections();
  await new Promise((resolve) => slack.close(resolve));
});

function open(): Sink {
  const say = (message: string): unknown => log.push(message);
  const { port } = slack.address() as AddressInfo;
  return createSlackSink({
    webhookUrl: `http://127.0.0.1:${port}/services/T0/secret`,
    logger: { info: say, warn: say, error: say },
    clock,
  });
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

describe("createSlackSink()", () => {
  test("tells of a failed request, with its fields in order and nothing unescaped", async () => {
    const sink = open();
    sink.push(failed(404, { path: "/<!channel>&", userAgent: "<http://evil|click>" }));
    await sink.flush(10_000);
    expect(messages[0]?.text).toBe("⚠️ 404 Error: /&lt;!channel&gt;&amp; not found");
    expect(messages[0]?.attachments[0]?.color).toBe("#ff0000");
    expect(messages[0]?.attachments[0]?.fields.map(({ title, value, short }) => [title, value, short])).toEqual([
      ["Status Code", "404", true],
      ["Path", "/&lt;!channel&gt;&amp;", true],
      ["Client IP", "unknown", true],
      ["Method", "GET", true],
      ["User-Agent", "&lt;http://evil|click&gt;", false],
      ["User ID", "Anonymous", true],
      ["Username", "Anonymous", true],
      ["Timestamp", "2026-01-01 00:00:00 UTC", false],
    ]);
  });

  test("makes one message of a scanner's hundred 404s, and says later how many there were", async () => {
    const sink = open();
    for (let index = 0; index < 100; index += 1) sink.push(failed(404, { path: `/wp-${index}` }));
    await sink.flush(10_000);
    expect(messages).toHaveLength(1);
    clock.advance(300_000);
    sink.push(failed(404));
    await sink.flush(10_000);
    expect(messages[1]?.text).toBe("⚠️ 404 Error: /a not found (+99 more since the last message)");
  });

  test("tells what it held back when the flood has ended, too", async () => {
    const sink = open();
    for (let index = 0; index < 100; index += 1) sink.push(failed(404, { path: `/wp-${index}` }));
    await sink.flush(10_000);
    clock.advance(599_999);
    expect(sink.stats().pushed).toBe(1);
    clock.advance(1);
    await sink.flush(10_000);
    expect(messages.map(({ text }) => text)).toEqual([
      "⚠️ 404 Error: /wp-0 not found",
      "⚠️ 404 Error: /wp-99 not found (+98 more since the last message)",
    ]);
    clock.advance(600_000);
    sink.push(failed(404));
    await sink.flush(10_000);
    expect(messages[2]?.text).toBe("⚠️ 404 Error: /a not found");
    await sink.close(100);
    expect(clock.pending()).toEqual([]);
  });

  test("passes by what nobody asked for: other answers, and requests whose exception speaks for them", async () => {
    const sink = open();
    for (const event of [failed(200), failed(401), failed(500, { errorId: "e" })]) sink.push(event);
    expect(sink.stats().pushed).toBe(0);
  });

  test("tells of an exception as the answer's status, one second after the last message", async () => {
    const sink = open();
    sink.push(failed(400));
    sink.push({
      type: "error",
      id: "e",
      time: 1,
      level: "error",
      handled: true,
      mechanism: "throw",
      exceptions: [{ type: "TypeError", message: "m", frames: [] }],
    });
    await until(() => messages.length === 1 && clock.pending().includes(1_000));
    clock.advance(1_000);
    await until(() => messages.length === 2);
    expect(messages[1]?.text).toBe("⚠️ 500 Error: Server error at ");
  });

  test("waits as long as Retry-After says", async () => {
    answer = (response) => void response.writeHead(429, { "retry-after": "30" }).end();
    const sink = open();
    sink.push(failed(403));
    await until(() => clock.pending().includes(30_000));
    answer = (response) => void response.end("ok");
    clock.advance(30_000);
    await until(() => sink.stats().sent === 1);
    expect(messages).toHaveLength(2);
  });

  test("gives up at a lasting refusal and never logs the webhook's secret path", async () => {
    answer = (response) => void response.writeHead(404).end("no_service");
    const sink = open();
    sink.push(failed(500));
    await sink.flush(10_000);
    expect(sink.stats()).toMatchObject({ sent: 0, dropped: { sink_failed: 1 } });
    expect(log).toEqual([expect.stringContaining("HTTP 404 no_service")]);
    expect(log[0]).not.toContain("secret");
  });
});
