import type { PlantedSecret } from "@gatewatch/protocol/redact/secret-corpus";
import type { DecoderProof } from "../../decoder-contract.ts";
import { FAKE_NOW } from "../../fake-intake.ts";
import { createNativeDecoder } from "../../native-decoder.ts";
import { makeColumns, makeEvents, NATIVE_ERROR, wrapEvents, wrapColumns } from "./batches.ts";

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const { request: REQUEST_CONTEXT, exceptions } = NATIVE_ERROR;
const [EXCEPTION] = exceptions;

/** A secret where an app under the middleware has it. */
function plant(secret: PlantedSecret): object {
  const error = { ...NATIVE_ERROR, time: FAKE_NOW };
  const withRequest = (changes: object) => ({ ...error, request: { ...REQUEST_CONTEXT, ...changes } });
  switch (secret.place) {
    case "header":
    case "cookie":
      return withRequest({ headers: { [secret.name]: secret.value } });
    case "query":
      return withRequest({ query: { [secret.name]: secret.value }, url: urlOf(secret) });
    case "body":
      return { ...withRequest({ body: secret.body }), custom: { sent: secret.body } };
    case "message":
      return {
        ...error,
        exceptions: [{ ...EXCEPTION, message: secret.text, rawStack: secret.text }],
        attributes: { note: secret.text },
      };
    case "source": {
      const context = { pre: [secret.text], line: secret.text, post: [secret.text] };
      return { ...error, exceptions: [{ ...EXCEPTION, frames: [{ file: "a.ts", inApp: true, context }] }] };
    }
    case "breadcrumb":
      return {
        ...error,
        breadcrumbs: [{ time: 1, category: "log", message: secret.message, data: secret.data }],
      };
    default:
      return secret satisfies never;
  }
}

/** The same in a row of columns: in its path, its agent, its attributes. */
function plantInColumns(secret: PlantedSecret): object | undefined {
  switch (secret.place) {
    case "query":
      return { path: [urlOf(secret), "/", "/"] };
    case "message":
      return { userAgent: [secret.text, null, null], attributes: [JSON.stringify({ note: secret.text }), null, null] };
    case "body":
      return { attributes: [JSON.stringify({ sent: secret.body }), null, null] };
    case "breadcrumb":
      return { attributes: [JSON.stringify({ ...secret.data, note: secret.message }), null, null] };
    case "header":
    case "cookie":
    case "source":
      return undefined;
    default:
      return secret satisfies never;
  }
}

const urlOf = ({ name, value }: { name: string; value: string }): string =>
  `/a?${encodeURIComponent(name)}=${encodeURIComponent(value)}`;

const common = {
  create: createNativeDecoder,
  idempotent: true,
  hasTimes: true,
  unreadable: {
    nothing: new Uint8Array(0),
    "half a message": Buffer.from('{"batch":'),
    "a list": Buffer.from("[]"),
    "an object without an id": Buffer.from('{"sentAt":1}'),
    "invalid UTF-8": Buffer.from([0x7b, 0xff, 0x7d]),
    "two messages": Buffer.concat([bytesOf(wrapEvents([])), bytesOf(wrapEvents([]))]),
    "brackets without end": Buffer.alloc(2_000_000, 0x5b),
  },
} as const;

/** The wire of this project's own middleware, in both of its forms. */
export const NATIVE_PROOFS: Readonly<Record<string, readonly DecoderProof[]>> = {
  native: [
    {
      contract: {
        ...common,
        name: "native, objects",
        makeBody: (timeMs) => bytesOf(wrapEvents(makeEvents(timeMs))),
        events: 5,
        plant: (secret) => bytesOf(wrapEvents([plant(secret)])),
        plantNamed: (name) =>
          bytesOf(wrapEvents([{ ...NATIVE_ERROR, time: FAKE_NOW, custom: { [name]: "planted-by-name" } }])),
      },
      sample: wrapEvents(makeEvents(FAKE_NOW)),
      maxGrowth: 6,
    },
    {
      contract: {
        ...common,
        name: "native, columns",
        makeBody: (timeMs) => bytesOf(wrapColumns(makeColumns(timeMs, [0, 0, 0]))),
        events: 3,
        plant(secret) {
          const changes = plantInColumns(secret);
          return changes && bytesOf(wrapColumns({ ...makeColumns(FAKE_NOW), ...changes }));
        },
        plantNamed: (name) => {
          const attributes = [JSON.stringify({ [name]: "planted-by-name" }), null, null];
          return bytesOf(wrapColumns({ ...makeColumns(FAKE_NOW), attributes }));
        },
      },
      sample: wrapColumns(makeColumns(FAKE_NOW - 100)),
      maxGrowth: 6,
    },
  ],
};
