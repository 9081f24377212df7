import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ErrorEvent } from "@gatewatch/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClockStandIn, until, type ClockStandIn } from "./clock-stand-in.ts";
import { createAgentSink, type AgentSinkOptions } from "./create-agent-sink.ts";
import type { Sink } from "./sink.ts";

interface Post {
  headers: IncomingMessage["headers"];
  body: Record<string, unknown>;
}

let service: Server;
let posts: Post[];
let answer: (response: ServerResponse) => void;
let clock: ClockStandIn;
let log: string[];

beforeEach(async () => {
  posts = [];
  log = [];
  clock = createClockStandIn();
  answer = (response) => void response.end("{}");
  service = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      posts.push({ headers: request.headers, body: JSON.parse(text) as Record<string, unknown> });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
});

function open(options: Partial<AgentSinkOptions> = {}): Sink {
  // One that outlives its test must not speak in the next.
  const ownLog = log;
  const say = (message: string): unknown => ownLog.push(message);
  const { port } = service.address() as AddressInfo;
  const resource = { environment: "production", host: "web-1", release: "1.2.3" };
  const logger = { info: say, warn: say, error: say };
  return createAgentSink({
    endpoint: `http://127.0.0.1:${port}/api/v1/analyze-error`,
    apiKey: "k",
    logger,
    resource,
    clock,
    random: () => 0.5,
    ...options,
  });
}

function errorEvent(id: string): ErrorEvent {
  return {
    type: "error",
    id,
    time: Date.UTC(2026, 10, 20, 11, 39, 37, 97),
    level: "error",
    handled: true,
    mechanism: "throw",
    exceptions: [
      {
        type: "TypeError",
        message: "Invalid user data",
        frames: [{ file: "src/a.js", function: "load", line: 3, column: 7, inApp: true }],
      },
      { type: "Error", message: "why", parent: 0, relation: "cause", frames: [] },
    ],
    request: {
      method: "POST",
      url: "/api/v1/users/?a=1&a=2&b=x",
      headers: {},
      query: { a: ["1", "2"], b: "x" },
      body: { username: "john", password: "[REDACTED]" },
      contentType: "application/json",
    },
    custom: { tenant_id: 7, timestamp: "not this one" },
  };
}

describe("createAgentSink()", () => {
  test("posts an error in the shape of the agent API", async () => {
    const sink = open();
    sink.push(errorEvent("e1"));
    expect(await sink.flush(5_000)).toBe(true);
    expect(posts[0]?.headers.authorization).toBe("Bearer k");
    expect(posts[0]?.body).toEqual({
      tenant_id: 7,
      timestamp: "2026-11-20T11:39:37.097",
      environment: "production",
      request: {
        path: "/api/v1/users/",
        method: "POST",
        content_type: "application/json",
        query_params: { a: ["1", "2"], b: ["x"] },
        remote_addr: "Unknown",
        user_agent: "Unknown",
      },
      request_body: '{"username":"john","password":"[REDACTED]"}',
      user: { authenticated: false, id: null, username: null, email: null },
      exception: {
        type: "TypeError",
        message: "Invalid user data",
        module: "",
        traceback: "TypeError: Invalid user data\n    at load (src/a.js:3:7)\nCaused by: Error: why",
        traceback_list: ["TypeError: Invalid user data", "    at load (src/a.js:3:7)", "Error: why"],
      },
      server: { hostname: "web-1", version: "1.2.3" },
    });
    expect(sink.stats()).toMatchObject({ pushed: 1, sent: 1, dropped: {} });
  });

  test("sends no Authorization without a key, and ignores what is no error", async () => {
    const sink = open({ apiKey: "" });
    sink.push({ type: "log", time: 1, level: "info", message: "m" });
    sink.push(errorEvent("e1"));
    await sink.flush(5_000);
    expect(posts).toHaveLength(1);
    expect(posts[0]?.headers).not.toHaveProperty("authorization");
  });

  test.each([201, 202, 302, 401, 422])(
    "takes %i for a failure, quotes 200 characters and does not repeat",
    async (status) => {
      answer = (response) => void response.writeHead(status).end("z".repeat(500));
      const sink = open();
      sink.push(errorEvent("e1"));
      await sink.flush(5_000);
      expect(posts).toHaveLength(1);
      expect(log).toEqual([expect.stringContaining(`HTTP ${status}: ${"z".repeat(200)}`)]);
      expect(log[0]).not.toContain("z".repeat(201));
      expect(sink.stats().dropped).toEqual({ sink_failed: 1 });
    },
  );

  test("repeats after 5xx with backoff, three times in all", async () => {
    answer = (response) => void response.writeHead(503).end();
    const sink = open();
    sink.push(errorEvent("e1"));
    for (const delay of [500, 1_000]) {
      await until(() => clock.pending().includes(delay));
      clock.advance(delay);
    }
    await until(() => sink.stats().dropped.sink_failed === 1);
    expect(posts).toHaveLength(3);
  });

  test("gives a stalled service up after five seconds and tries again", async () => {
    answer = () => undefined;
    const sink = open();
    sink.push(errorEvent("e1"));
    await until(() => posts.length === 1);
    answer = (response) => void response.end();
    clock.advance(5_000);
    await until(() => clock.pending().includes(500));
    clock.advance(500);
    await until(() => sink.stats().sent === 1);
    expect(log).toEqual([expect.stringContaining("no answer within 5000 ms")]);
  });

  test("bounds what waits, and counts what close() leaves behind", async () => {
    answer = () => undefined;
    const sink = open({ maxQueue: 3 });
    for (const id of ["e1", "e2", "e3", "e4", "e5"]) sink.push(errorEvent(id));
    expect(sink.stats()).toMatchObject({ queued: 3, dropped: { queue_full: 2 } });
    await until(() => posts.length === 1);
    const closing = sink.close(1_000);
    clock.advance(1_000);
    await closing;
    expect(sink.stats()).toMatchObject({ queued: 0, dropped: { queue_full: 2, shutdown_deadline: 3 } });
  });
});
