import type { PlantedSecret } from "@gatewatch/protocol/redact/secret-corpus";
import { describeDecoder, type DecoderCase } from "../decoder-contract.ts";
import { fuzzDecoder } from "../fuzz-decoder.ts";
import { createAgentDecoders } from "./create-agent-decoders.ts";

const EVENT = {
  error_type: "ValueError",
  message: "Invalid user data",
  stack_trace: 'Traceback (most recent call last):\n  File "/srv/a.py", line 1, in f\n    x()\nValueError: Invalid\n',
  context: { tenant: "north", deep: { list: [1, "a"] } },
};
const ACTION = { action: "notify_admin", metadata: { message: "m", original_context: { a: [1] } } };

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
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
    "brackets without end": Buffer.alloc(500_000, 0x5b),
  },
} as const;

/** Free facts that hold the secret. */
function factsOf(planted: PlantedSecret): Record<string, unknown> | undefined {
  switch (planted.place) {
    case "header":
    case "cookie":
    case "query":
      return { [planted.name]: planted.value };
    case "body":
      return { body: planted.body };
    case "message":
      return { note: planted.text };
    case "breadcrumb":
      return { ...planted.data, note: planted.message };
    case "source":
      return undefined;
    default:
      return planted satisfies never;
  }
}

function planted(secret: PlantedSecret, name: string, sample: object): Uint8Array | undefined {
  // What a query alone makes secret means nothing among other facts.
  if (secret.place === "query") return undefined;
  const facts = factsOf(secret);
  return facts && bytesOf({ ...sample, [name]: facts });
}

const CASES: DecoderCase[] = [
  {
    ...common,
    name: "agents, an event",
    create: (redaction) => createAgentDecoders(redaction)["agentEvent"]!,
    makeBody: () => bytesOf(EVENT),
    plant: (secret) => planted(secret, "context", EVENT),
    plantNamed: (name) => bytesOf({ ...EVENT, context: { [name]: "planted-by-name" } }),
  },
  {
    ...common,
    name: "agents, an action",
    create: (redaction) => createAgentDecoders(redaction)["agentAction"]!,
    makeBody: () => bytesOf(ACTION),
    plant: (secret) => planted(secret, "metadata", ACTION),
    plantNamed: (name) => bytesOf({ ...ACTION, metadata: { [name]: "planted-by-name" } }),
  },
];

for (const example of CASES) describeDecoder(example);

const { agentEvent, agentAction } = createAgentDecoders();
fuzzDecoder({ name: "agents, an event", decoder: agentEvent!, sample: EVENT, maxGrowth: 12 });
fuzzDecoder({ name: "agents, an action", decoder: agentAction!, sample: ACTION, maxGrowth: 12 });
