import type { PlantedSecret } from "@gatewatch/protocol/redact/secret-corpus";
import type { DecoderProof } from "../../decoder-contract.ts";
import { FAKE_NOW } from "../../fake-intake.ts";
import { createCerberusDecoders } from "../create-cerberus-decoders.ts";

function makeEvent(time: number, patch: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    api_key: "sk-1",
    client_id: "shop",
    token: "sk-1",
    remote_addr: "203.0.113.9",
    endpoint: "/api/users/7/",
    scheme: true,
    method: "POST",
    timestamp: new Date(time).toISOString(),
    custom_data: { hit: true, note: "a" },
    headers: { Accept: "*/*", Authorization: "Bearer planted" },
    query_params: { page: "1", tag: ["a", "b"] },
    body: { name: "ada" },
    user_agent: "UA/1",
    user_id: "u1",
    status_code: 200,
    latency_ms: 1.5,
    response_headers: { "content-type": "text/plain" },
    response_body: { ok: true },
    session_id: "s1",
    sample_rate: 0.5,
    ...patch,
  };
}

/** A secret where a Django app would have it. */
function plant(planted: PlantedSecret): Record<string, unknown> | undefined {
  switch (planted.place) {
    case "header":
    case "cookie":
      return { headers: { [planted.name]: planted.value }, response_headers: { [planted.name]: planted.value } };
    case "query":
      return {
        query_params: { [planted.name]: planted.value },
        endpoint: `/a?${encodeURIComponent(planted.name)}=${encodeURIComponent(planted.value)}`,
      };
    case "body":
      return { body: planted.body, response_body: [planted.body], custom_data: { sent: planted.body } };
    case "message":
      return { user_agent: planted.text, custom_data: { note: planted.text }, body: [planted.text] };
    case "source":
      return undefined;
    case "breadcrumb":
      return { custom_data: planted.data, body: { note: planted.message } };
    default:
      return planted satisfies never;
  }
}

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const UNREADABLE = {
  nothing: new Uint8Array(0),
  "half a message": Buffer.from('{"endpoint":'),
  "a list": Buffer.from("[]"),
  "a text": Buffer.from('"x"'),
  "invalid UTF-8": Buffer.from([0x7b, 0xff, 0x7d]),
  "two messages": Buffer.from("{}{}"),
  "brackets without end": Buffer.alloc(2_000_000, 0x5b),
};

const sample = makeEvent(FAKE_NOW, { custom_data: { items: 2, deep: { a: [1, "b"] } } });

/** Batches, which frames of the WebSocket become on their way. */
export const CERBERUS_PROOFS: Readonly<Record<string, readonly DecoderProof[]>> = {
  cerberusBatch: [
    {
      contract: {
        name: "Cerberus, a batch",
        create: (redaction) => createCerberusDecoders(redaction)["cerberusBatch"]!,
        makeBody: (timeMs) => bytesOf({ events: [makeEvent(timeMs), makeEvent(timeMs, { endpoint: "/b" })] }),
        events: 2,
        idempotent: false,
        hasTimes: false,
        unreadable: UNREADABLE,
        plant: (secret) => {
          const patch = plant(secret);
          return patch && bytesOf({ events: [makeEvent(FAKE_NOW, patch)] });
        },
        plantNamed: (name) =>
          bytesOf({ events: [makeEvent(FAKE_NOW, { custom_data: { [name]: "planted-by-name" } })] }),
      },
      sample: { events: [sample, { endpoint: "mcp://files/read", scheme: "mcp", method: "mcp_tool_call" }] },
      maxGrowth: 40,
    },
  ],
};
