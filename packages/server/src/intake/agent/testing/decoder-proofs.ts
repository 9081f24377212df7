import type { PlantedSecret } from "@gatewatch/protocol/redact/secret-corpus";
import type { DecoderCase, DecoderProof } from "../../decoder-contract.ts";
import { FAKE_NOW } from "../../fake-intake.ts";
import { createAgentDecoders } from "../create-agent-decoders.ts";

const TRACEBACK =
  'Traceback (most recent call last):\n  File "/srv/a.py", line 1, in f\n    x()\nValueError: Invalid user data\n';
const ERROR = {
  timestamp: "2026-11-20T11:39:37.097320",
  environment: "production",
  request: {
    path: "/api/v1/users/",
    method: "POST",
    content_type: "application/json",
    query_params: { a: ["1", "2"] },
    remote_addr: "203.0.113.9",
    user_agent: "Unknown",
  },
  request_body: '{"username": "john"}',
  user: { authenticated: true, id: 7, username: "ada", email: "ada@example.org" },
  exception: {
    type: "ValueError",
    message: "Invalid user data",
    module: "builtins",
    traceback: TRACEBACK,
    traceback_list: ['  File "/srv/a.py", line 1, in f\n    x()\n'],
  },
  server: { hostname: "web-server-01", version: "1.4.2" },
  custom: { tenant_id: 42 },
};
const EVENT = {
  error_type: "ValueError",
  message: "Invalid user data",
  stack_trace: TRACEBACK,
  context: { tenant: "north", deep: { list: [1, "a"] } },
};
const ACTION = { action: "notify_admin", metadata: { message: "m", original_context: { a: [1] } } };

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const withMessage = (message: string) => ({
  exception: { ...ERROR.exception, message, traceback: TRACEBACK.replace("Invalid user data", () => message) },
});
const withSource = (line: string) => ({
  exception: { ...ERROR.exception, traceback: TRACEBACK.replace("x()", () => line) },
});

/** A secret where an app under the middleware has it; it sends no headers. */
function plant(secret: PlantedSecret): object | undefined {
  switch (secret.place) {
    case "header":
    case "cookie":
      return undefined;
    case "query":
      return { request: { ...ERROR.request, query_params: { [secret.name]: [secret.value] } } };
    case "body":
      return { request_body: JSON.stringify(secret.body), custom: { sent: secret.body } };
    case "message":
      return { ...withMessage(secret.text), custom: { note: secret.text } };
    case "source":
      return withSource(secret.text);
    case "breadcrumb":
      return { custom: secret.data, note: secret.message };
    default:
      return secret satisfies never;
  }
}

/** Free facts that hold the secret; what a query alone makes secret means nothing among them. */
function factsOf(planted: PlantedSecret): Record<string, unknown> | undefined {
  switch (planted.place) {
    case "header":
    case "cookie":
      return { [planted.name]: planted.value };
    case "body":
      return { body: planted.body };
    case "message":
      return { note: planted.text };
    case "breadcrumb":
      return { ...planted.data, note: planted.message };
    case "query":
    case "source":
      return undefined;
    default:
      return planted satisfies never;
  }
}

const common = {
  idempotent: false,
  hasTimes: false,
  events: 1,
  unreadable: {
    nothing: new Uint8Array(0),
    "half a message": Buffer.from('{"action":'),
    "a list": Buffer.from("[]"),
    "an empty object": Buffer.from("{}"),
    "invalid UTF-8": Buffer.from([0x7b, 0xff, 0x7d]),
    "two messages": Buffer.from("{}{}"),
    "brackets without end": Buffer.alloc(500_000, 0x5b),
  },
} as const;

/** A message whose free facts stand under one name. */
function factsCase(name: string, decoder: string, sample: object, facts: string): DecoderCase {
  return {
    ...common,
    name,
    create: (redaction) => createAgentDecoders(redaction)[decoder]!,
    makeBody: () => bytesOf(sample),
    plant(secret) {
      const planted = factsOf(secret);
      return planted && bytesOf({ ...sample, [facts]: planted });
    },
    plantNamed: (named) => bytesOf({ ...sample, [facts]: { [named]: "planted-by-name" } }),
  };
}

/** The three bodies of the AI-agent language that are stored. */
export const AGENT_PROOFS: Readonly<Record<string, readonly DecoderProof[]>> = {
  analyzeError: [
    {
      contract: {
        ...common,
        name: "agents, an error",
        create: (redaction) => createAgentDecoders(redaction)["analyzeError"]!,
        makeBody: (timeMs) => bytesOf({ ...ERROR, timestamp: new Date(timeMs).toISOString() }),
        plant(secret) {
          const changes = plant(secret);
          return changes && bytesOf({ ...ERROR, ...changes });
        },
        plantNamed: (name) => bytesOf({ ...ERROR, custom: { [name]: "planted-by-name" } }),
      },
      sample: { ...ERROR, timestamp: new Date(FAKE_NOW).toISOString() },
      maxGrowth: 6,
    },
  ],
  agentEvent: [
    { contract: factsCase("agents, an event", "agentEvent", EVENT, "context"), sample: EVENT, maxGrowth: 12 },
  ],
  agentAction: [
    { contract: factsCase("agents, an action", "agentAction", ACTION, "metadata"), sample: ACTION, maxGrowth: 12 },
  ],
};
