import fastify, { type FastifyInstance } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { JournalError } from "../../model/journal.ts";
import { createFakeIntake, type FakeIntake } from "../fake-intake.ts";
import { registerIntakeRoutes } from "../intake-routes.ts";
import { createBatchReceiver } from "../receive-batch.ts";

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

function open(): FakeIntake & { post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer> } {
  const fake = createFakeIntake();
  app = fastify();
  registerIntakeRoutes(app, fake.deps, createBatchReceiver(fake.deps));
  return {
    ...fake,
    async post(path, body, headers = { authorization: "Bearer in" }) {
      const payload = typeof body === "string" ? body : JSON.stringify(body);
      const answer = await app!.inject({
        method: "POST",
        url: path,
        headers: { "content-type": "application/json", ...headers },
        payload,
      });
      return { status: answer.statusCode, body: answer.json() };
    },
  };
}

const EVENT = {
  error_type: "TimeoutError",
  message: "password=hunter2 connection timeout",
  stack_trace: 'Traceback (most recent call last):\n  File "/srv/a.py", line 3, in pay\n    x()\nTimeoutError: late\n',
  context: { tenant: "north", token: "verysecret" },
};

describe("analyze-event", () => {
  it.each(["/analyze-event", "/analyze-event/", "/agent/analyze-event", "/agent/analyze-event/"])(
    "stores the error, and answers what to do: %s",
    async (path) => {
      const { post, journal } = open();
      const { status, body } = await post(path, EVENT);
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          category: "system_error",
          severity: "high",
          action: "notify_admin",
          priority: 3,
          metadata: {
            original_context: EVENT.context,
            event_id: expect.any(String) as string,
            confidence: 0.8,
            reasoning: "r",
          },
        },
      });
      const [text] = journal.texts();
      expect(text).toContain('"type":"error"');
      expect(text).toContain("/srv/a.py");
      expect(text).not.toMatch(/hunter2|verysecret/);
    },
  );
});

describe("decide-action", () => {
  it("uses what it was given", async () => {
    const { post, journal } = open();
    const { body } = await post("/agent/decide-action/", {
      category: "security_issue",
      severity: "critical",
      context: { message: "invalid format" },
    });
    expect(body).toMatchObject({ category: "security_issue", severity: "critical" });
    expect(journal.records).toEqual([]);
  });

  it("judges the message where nothing was judged", async () => {
    const { post } = open();
    const { status, body } = await post("/decide-action", { event_type: "error", message: "Database is away" });
    expect({ status, body }).toMatchObject({ status: 200, body: { category: "system_error", severity: "medium" } });
  });
});

describe("execute-action", () => {
  it("records an action, and carries it out with what was kept of its metadata", async () => {
    const { post, journal, orders } = open();
    const { status, body } = await post("/execute-action/", {
      action: "trigger_workflow",
      metadata: { workflow_type: "system_recovery", password: "hunter2" },
    });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        success: true,
        action: "trigger_workflow",
        message: "done",
        execution_time: expect.any(Number) as number,
        details: { event_id: expect.any(String) as string },
      },
    });
    expect(orders).toMatchObject([
      {
        projectId: 1,
        action: "trigger_workflow",
        metadata: { workflow_type: "system_recovery", password: "[REDACTED]" },
      },
    ]);
    expect(journal.texts()[0]).toContain('"name":"agent.action"');
    expect(journal.texts()[0]).not.toContain("hunter2");
  });

  it("only records log_only", async () => {
    const { post, journal, orders } = open();
    expect((await post("/agent/execute-action", { action: "log_only" })).body).toMatchObject({ success: true });
    expect(orders).toEqual([]);
    expect(journal.records).toHaveLength(1);
  });

  it("does nothing that it does not know", async () => {
    const { post, journal, orders } = open();
    const { status, body } = await post("/execute-action", { action: "reboot" });
    expect({ status, body }).toMatchObject({ status: 200, body: { success: false, action: "reboot" } });
    expect([orders, journal.records]).toEqual([[], []]);
  });

  it("carries nothing out that it could not record", async () => {
    const { post, journal, orders } = open();
    journal.failures.push(new JournalError("journal_write_failed", "disk full"));
    const { status, body } = await post("/execute-action", { action: "escalate" });
    expect({ status, error: typeof body["error"] }).toEqual({ status: 503, error: "string" });
    expect(orders).toEqual([]);
  });
});

describe("validate-payload", () => {
  it.each([
    [{ error_type: "E", message: "m" }, true, [], []],
    [{ error_type: "E" }, false, ["message"], []],
    [{ error_type: 5, message: "m", context: [] }, false, [], ["error_type", "context"]],
    ["text", false, [], ["payload"]],
  ])("%j", async (payload, valid, missing, invalid) => {
    const { post } = open();
    expect((await post("/agent/validate-payload/", { payload })).body).toEqual({
      is_valid: valid,
      message: expect.any(String) as string,
      missing_fields: missing,
      invalid_fields: invalid,
    });
  });
});

describe("failures", () => {
  it.each([
    ["/analyze-event", {}, { error_type: ["This field is required."], message: ["This field is required."] }],
    [
      "/analyze-event",
      { error_type: "", message: 5 },
      { error_type: ["This field may not be blank."], message: ["Not a valid string."] },
    ],
    ["/decide-action", { category: "weather" }, { category: [expect.any(String)], severity: [expect.any(String)] }],
    ["/execute-action", { metadata: "x" }, { action: [expect.any(String)], metadata: ["Expected an object."] }],
    ["/validate-payload", {}, { payload: ["This field is required."] }],
    ["/analyze-event", "", { non_field_errors: ["Expected JSON."] }],
    ["/analyze-event", "[]", { non_field_errors: ["Expected a JSON object."] }],
    [
      "/analyze-event",
      `{"context":${"[".repeat(9999)}${"]".repeat(9999)}}`,
      { non_field_errors: [expect.any(String)] },
    ],
  ])("%s with %j names the fields", async (path, body, details) => {
    const { post, journal } = open();
    expect(await post(path, body)).toEqual({ status: 400, body: { error: "Invalid request data", details } });
    expect(journal.records).toEqual([]);
  });

  it.each([
    [{}, 401],
    [{ authorization: "Bearer nobody" }, 401],
    [{ authorization: "Bearer rd" }, 403],
  ])("strangers get nothing: %j", async (headers, status) => {
    const { post, journal, orders } = open();
    const answer = await post("/agent/execute-action", { action: "escalate" }, headers as Record<string, string>);
    expect(answer).toMatchObject({ status, body: { error: expect.any(String) as string } });
    expect([journal.records, orders]).toEqual([[], []]);
  });

  it("a megabyte is too much", async () => {
    const { post } = open();
    expect(
      await post("/execute-action", { action: "log_only", metadata: { x: "x".repeat(1024 * 1024) } }),
    ).toMatchObject({
      status: 413,
    });
    expect(await post("/execute-action", { action: "log_only", metadata: { x: "x".repeat(200_000) } })).toMatchObject({
      status: 413,
    });
  });
});

it.each(["/health", "/health/", "/agent/health", "/agent/health/"])("GET %s is healthy", async (url) => {
  open();
  const answer = await app!.inject({ method: "GET", url });
  expect({ status: answer.statusCode, body: answer.json() as unknown }).toEqual({
    status: 200,
    body: { status: "healthy" },
  });
});
