import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { ChannelRow, IssueDetail, IssueList, SettingsAnswer } from "@gatewatch/protocol";
import { openControl } from "../../packages/server/src/cli/open-control.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installFromPypi } from "../support/install-from-pypi.ts";
import { poll } from "../support/poll.ts";
import { readStored } from "../support/read-stored.ts";
import { startGatewatch, type RunningServer } from "../support/start-gatewatch.ts";
import { startPythonApp, type PythonApp } from "../support/start-python.ts";

const CLIENT = installFromPypi("agent", ["django==5.2.19", "requests==2.34.2", "gunicorn==27.0.1", "uvicorn==0.54.0"]);
const MISSING = CLIENT.reason === undefined ? "" : ` (${CLIENT.reason})`;
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const REQUEST = { method: "POST", query: { a: ["1", "2"] } };
const WHOLE = { request: { ...REQUEST, body: { username: "john" } }, custom: { tenant_id: 7 } };
/** What the model of the agent's own example knows. */
const FIRST = { request: REQUEST, exceptions: [{ type: "ValueError" }] };

let server: RunningServer;
let app: PythonApp | undefined;
let tokens: { ingest: string; admin: string };

beforeEach(async () => {
  server = await startGatewatch();
  const create = (scope: string): string =>
    server.command<{ token: string }>("token", "create", "--scope", scope).token;
  tokens = { ingest: create("ingest"), admin: create("admin") };
});
afterEach(async () => {
  await app?.process.stop();
  app = undefined;
  await server.remove();
});

async function call<Answer>(method: string, path: string, token: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json = (await answer.json()) as Answer;
  expect({ path, isGood: answer.ok, json }).toEqual({ path, isGood: true, json });
  return json;
}

const get = <Answer>(path: string): Promise<Answer> => call("GET", path, tokens.admin);

describe.skipIf(CLIENT.bin === undefined)(`a Django app that posts its exceptions with requests${MISSING}`, () => {
  test.each([
    ["gunicorn", "Blocking", WHOLE],
    ["gunicorn", "Background", WHOLE],
    ["gunicorn", "Queued", FIRST],
    ["uvicorn", "Blocking", WHOLE],
    ["uvicorn", "Background", WHOLE],
  ] as const)("has them as issues, and is told what they are: %s, %s", async (under, middleware, expected) => {
    app = await startPythonApp(CLIENT.bin!, under, "agent_app", {
      workers: 1,
      probe: "/healthz",
      env: {
        AGENT_MIDDLEWARE: middleware,
        AGENT_ENDPOINT: `${server.url}/api/v1/analyze-error`,
        AGENT_KEY: tokens.ingest,
      },
    });
    for (let index = 0; index < 3; index++) {
      const answer = await fetch(`${app.url}/api/v1/users/?a=1&a=2&token=planted-secret-in-a-query`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: "john", password: "planted-secret-in-a-body" }),
      });
      expect(answer.status).toBe(500);
    }
    const line = await app.process.waitForLine((text) => /^agent answered (.*)/.exec(text)?.[1]);
    expect(line).toMatch(/^200 /);
    expect(JSON.parse(line.slice(4))).toMatchObject({
      status: "received",
      analysis: { category: "validation_error", action: expect.any(String) as string },
    });

    const { issues } = await poll(
      "the issue",
      () => get<IssueList>("/api/issues"),
      (list) => list.issues[0]?.events === 3,
    );
    expect(issues).toHaveLength(1);
    const issue = await get<IssueDetail>(`/api/issues/${issues[0]!.id}`);
    expect(issue.culprit).toMatch(/agent_app\.py:\d+ in create_user/);

    await app.process.stop();
    await server.stop();
    const stored = await readStored(server.dataDir, "default");
    expect(stored.errors).toHaveLength(3);
    expect(stored.errors[0]).toMatchObject(expected);
    expect(stored.texts.filter((text) => text.includes("planted-secret"))).toEqual([]);
  });
});

describe("an agent that takes its steps one by one", () => {
  let receiver: Server | undefined;
  afterEach(() => receiver?.close());

  interface Got {
    headers: IncomingHttpHeaders;
    body: string;
  }

  /** A receiver of signed webhooks. */
  async function receive(): Promise<{ url: string; got: Got[] }> {
    const got: Got[] = [];
    receiver = createServer(async (request, response) => {
      got.push({ headers: request.headers, body: (await buffer(request)).toString() });
      response.end();
    });
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    return { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`, got };
  }

  /** As the owner of the data folder would. */
  async function addWebhook(url: string, sends: "everything" | "workflows"): Promise<void> {
    const control = await openControl(server.dataDir);
    await control.call("POST", "/api/channels", {
      kind: "webhook",
      name: "ops",
      config: { url, secret: SECRET, sends },
    });
    const { channels } = await control.call<{ channels: ChannelRow[] }>("GET", "/api/channels");
    expect(JSON.stringify(channels)).not.toContain(SECRET);
    await control.close();
  }

  interface Decision {
    category: string;
    severity: string;
    action: string;
    priority: number;
    metadata: Record<string, unknown>;
  }

  test("analyses, decides by the project's rules, and starts a workflow by a signed webhook", async () => {
    const { url, got } = await receive();
    await addWebhook(url, "workflows");
    const settings = await call<SettingsAnswer>("PATCH", "/api/settings", tokens.admin, {
      project: {
        agentRules: [
          { category: "ignorable", severity: "low", action: "trigger_workflow", priority: 2 },
          { category: "weather", severity: "low", action: "escalate", priority: 1 },
        ],
      },
    });
    expect(settings.project.agentRuleProblems).toEqual([expect.stringMatching(/^rule 2: category/)]);

    const event = { error_type: "Odd", message: "something happened", context: { password: "planted-secret" } };
    const analysed = await call<Decision>("POST", "/agent/analyze-event/", tokens.ingest, event);
    expect(analysed).toMatchObject({ category: "ignorable", severity: "low", action: "trigger_workflow", priority: 2 });
    const { category, severity } = analysed;
    const decided = await call<Decision>("POST", "/decide-action/", tokens.ingest, {
      category,
      severity,
      context: event,
    });
    expect(decided).toMatchObject({
      action: "trigger_workflow",
      metadata: { workflow_type: "generic_handler", rule: "custom", skipped_rules: [expect.any(String)] },
    });
    expect(
      await call("POST", "/agent/execute-action", tokens.ingest, {
        action: decided.action,
        metadata: decided.metadata,
      }),
    ).toMatchObject({ success: true, details: { workflow_type: "generic_handler" } });

    await poll(
      "the webhook",
      () => got.length,
      (count) => count === 1,
    );
    const { headers, body } = got[0]!;
    const signed = `${headers["webhook-id"] as string}.${headers["webhook-timestamp"] as string}.${body}`;
    const expected = createHmac("sha256", Buffer.from(SECRET.slice(6), "base64"))
      .update(signed)
      .digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
    expect(JSON.parse(body)).toMatchObject({
      type: "workflow.triggered",
      data: { agent: { workflow: "generic_handler", message: "something happened" } },
    });
    expect(body).not.toContain("planted-secret");
  });

  test("escalates to people, records, and is told where nobody listens", async () => {
    const execute = (action: string): Promise<{ success: boolean }> =>
      call("POST", "/execute-action/", tokens.ingest, { action, metadata: { message: "the till is locked" } });
    expect(await execute("escalate")).toMatchObject({ success: false });
    const { url, got } = await receive();
    await addWebhook(url, "everything");
    expect(await execute("escalate")).toMatchObject({ success: true });
    expect(await execute("log_only")).toMatchObject({ success: true });
    await poll(
      "the alert",
      () => got.length,
      (count) => count === 1,
    );
    expect(JSON.parse(got[0]!.body)).toMatchObject({ type: "alert.agent", data: { agent: { action: "escalate" } } });
    await server.stop();
    const stored = await readStored(server.dataDir, "default");
    expect(stored.texts.filter((text) => text.includes('"name":"agent.action"'))).toHaveLength(3);
  });
});
