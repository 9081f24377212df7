import { afterAll, beforeAll, expect, test } from "vitest";
import type { IssueDetail, IssueList, StoredErrorEvent } from "@gatewatch/protocol";
import { poll } from "./support/poll.ts";
import { startGatewatch, type RunningServer } from "./support/start-gatewatch.ts";

interface AgentAnswer {
  status: string;
  id: string;
  analysis: Record<string, unknown>;
}

const TRACEBACK = `Traceback (most recent call last):
  File "/srv/shop/.venv/lib/python3.11/site-packages/django/core/handlers/exception.py", line 55, in inner
    response = get_response(request)
  File "/srv/shop/api/views.py", line 197, in create_user
    user = parse_user(payload)
  File "/srv/shop/api/parse.py", line 42, in parse_user
    raise ValueError("Invalid user data")
ValueError: Invalid user data
`;

/** The body as the Python middleware sends it. */
const SAMPLE = {
  timestamp: new Date().toISOString().replace("Z", "320"),
  environment: "production",
  request: {
    path: "/api/v1/users/",
    method: "POST",
    content_type: "application/json",
    query_params: { a: ["1", "2"], b: ["x"] },
    remote_addr: "203.0.113.9",
    user_agent: "Unknown",
  },
  request_body: '{"username": "john", "password": "hunter2"}',
  user: { authenticated: false, id: null, username: null, email: null },
  exception: {
    type: "ValueError",
    message: "Invalid user data",
    module: "builtins",
    traceback: TRACEBACK,
    traceback_list: TRACEBACK.split(/(?<=\n)(?= {2}File)/).slice(1),
  },
  server: { hostname: "web-server-01", version: "unknown" },
  tenant: "north",
};

let server: RunningServer;
let ingest: string;
let read: string;

beforeAll(async () => {
  server = await startGatewatch({ env: { GATEWATCH_INGEST_KIB_PER_SECOND: "1024" } });
  ingest = server.command<{ token: string }>("token", "create", "--scope", "ingest").token;
  read = server.command<{ token: string }>("token", "create", "--scope", "read").token;
});
afterAll(() => server?.remove());

function send(body: string, headers: Record<string, string> = {}, path = "/api/v1/analyze-error"): Promise<Response> {
  return fetch(server.url + path, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", authorization: `Bearer ${ingest}`, ...headers },
  });
}

async function get<Answer>(path: string): Promise<Answer> {
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${read}` } });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return (await response.json()) as Answer;
}

/** A refusal says why, in the one shape of every error. */
async function readRefusal(response: Response): Promise<{ status: number; code: string; hasMessage: boolean }> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return { status: response.status, code: error.code, hasMessage: error.message.length > 10 };
}

test("the documented body is answered at once with an analysis in the agent's words, and becomes an issue", async () => {
  const response = await send(JSON.stringify(SAMPLE));
  expect(response.status).toBe(200);
  const answer = (await response.json()) as AgentAnswer;
  expect(answer).toEqual({
    status: "received",
    id: expect.any(String),
    analysis: {
      status: expect.stringMatching(/^(preliminary|complete)$/),
      severity: expect.stringMatching(/^(low|medium|high|critical)$/),
      category: "validation_error",
      confidence: expect.any(Number),
      root_cause: expect.stringMatching(/\w+/),
      suggested_fix: expect.stringMatching(/\w+/),
      reasoning: expect.stringMatching(/\w+/),
      action: expect.stringMatching(/^(log_only|notify_admin|trigger_workflow|escalate)$/),
      priority: expect.any(Number),
      fingerprint: expect.stringMatching(/\w+/),
      similar_count: expect.any(Number),
    },
  });

  const stored = await poll(
    "the error",
    () => get<StoredErrorEvent>(`/api/events/${answer.id}`).catch(() => undefined),
    (event) => event !== undefined,
  );
  const { event, environment, host, release } = stored!;
  expect({ environment, host, release }).toEqual({ environment: "production", host: "web-server-01", release: null });
  expect(event.time).toBe(Date.parse(`${SAMPLE.timestamp.slice(0, 23)}Z`));
  expect(event.request).toMatchObject({ method: "POST", query: { a: ["1", "2"], b: ["x"] } });
  expect(event.request?.body).toEqual({ username: "john", password: expect.not.stringContaining("hunter2") });
  expect(event.request?.client).toBeUndefined();
  expect(event.custom).toMatchObject({ tenant: "north" });
  const frames = event.exceptions[0]!.frames;
  expect(frames.map(({ line, inApp }) => ({ line, inApp }))).toEqual([
    { line: 42, inApp: true },
    { line: 197, inApp: true },
    { line: 55, inApp: false },
  ]);
  const issue = await get<IssueDetail>(`/api/issues/${stored!.issueId}`);
  expect(issue.culprit).toMatch(/parse\.py:42/);
});

test("a second one of the same kind joins the same issue, also with a slash at the end and with a list of frames alone", async () => {
  const { traceback: _, ...exception } = SAMPLE.exception;
  expect((await send(JSON.stringify(SAMPLE), {}, "/api/v1/analyze-error/")).status).toBe(200);
  expect((await send(JSON.stringify({ ...SAMPLE, exception }))).status).toBe(200);
  await poll(
    "three events in one issue",
    () => get<IssueList>("/api/issues?q="),
    ({ issues }) => issues.length === 1 && issues[0]!.events === 3,
  );
});

test("a missing, a made-up and a reading token are refused", async () => {
  const body = JSON.stringify(SAMPLE);
  const refused = { status: 401, code: "unauthorized", hasMessage: true };
  expect(await readRefusal(await send(body, { authorization: "" }))).toEqual(refused);
  expect(await readRefusal(await send(body, { authorization: `Bearer gatewatch_in_${"0".repeat(49)}` }))).toEqual(
    refused,
  );
  expect(await readRefusal(await send(body, { authorization: `Bearer ${read}` }))).toMatchObject({ status: 403 });
});

test.each([
  ["an empty body", ""],
  ["no JSON", "{nonsense"],
  ["a list", "[]"],
  ["no exception", JSON.stringify({ ...SAMPLE, exception: undefined })],
  ["an exception without a type", JSON.stringify({ ...SAMPLE, exception: { message: "x" } })],
])("%s is unprocessable, in words", async (_name, body) => {
  expect(await readRefusal(await send(body))).toEqual({ status: 422, code: "invalid_request", hasMessage: true });
});

test("more than a mebibyte is too large", async () => {
  const body = JSON.stringify({ ...SAMPLE, request_body: "x".repeat(1024 * 1024) });
  expect(await readRefusal(await send(body))).toMatchObject({ status: 413, code: "payload_too_large" });
});

test("beyond the token's rate the answer is 429 with the time to wait, and nothing else breaks", async () => {
  const burst = server.command<{ token: string }>("token", "create", "--scope", "ingest").token;
  const answers = await Promise.all(
    Array.from({ length: 120 }, () => send(JSON.stringify(SAMPLE), { authorization: `Bearer ${burst}` })),
  );
  const limited = answers.filter(({ status }) => status === 429);
  expect(limited.length).toBeGreaterThan(0);
  expect(answers.filter(({ status }) => status !== 429 && status !== 200)).toEqual([]);
  for (const answer of limited) {
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await readRefusal(answer)).toEqual({ status: 429, code: "rate_limited", hasMessage: true });
  }
  const accepted = answers.length - limited.length;
  await poll(
    "exactly the accepted ones",
    () => get<IssueList>("/api/issues?q="),
    ({ issues }) => issues[0]!.events === 3 + accepted,
  );
});
