import { describe, expect, it } from "vitest";
import { IntakeError } from "../intake-error.ts";
import { LOGS_REQUEST, METRICS_REQUEST, TRACES_REQUEST } from "./otlp-tables.ts";
import { readOtlpJson } from "./read-otlp-json.ts";
import { readWire } from "./read-wire.ts";
import { makeException, makeLogs, makeMetrics, makeSpan, makeTraces, nanos } from "./testing/requests.ts";
import { writeBytes, writeJson, writeWire } from "./testing/write-wire.ts";

const TRACES = makeTraces([
  makeSpan({
    events: [makeException({ deep: { list: [1, "a", { b: false }], none: null, half: 0.5 } })],
    status: { code: 2 },
  }),
  makeSpan({ attributes: { "é😀": -1, "a-long-name-of-an-attribute-that-is-not-short": "ü".repeat(40) } }),
]);
const LOGS = makeLogs([
  {
    timeUnixNano: nanos(1_795_165_200_000),
    severityNumber: 9,
    body: { a: ["b"] },
    attributes: { n: 2 ** 52 },
    eventName: "e",
  },
]);
const METRICS = makeMetrics([
  { name: "a", unit: "s", gauge: { dataPoints: [{ timeUnixNano: nanos(1), asInt: -5, flags: 1 }] } },
  { name: "b", sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ asDouble: 1.5 }] } },
  {
    name: "c",
    histogram: {
      aggregationTemporality: 1,
      dataPoints: [{ count: 3, sum: 4.5, bucketCounts: [1, 2, 0], explicitBounds: [0.5, 1.5], min: 0.1, max: 2.5 }],
    },
  },
  { name: "d", summary: { dataPoints: [{ count: 1, quantileValues: [{ quantile: 0.5, value: 2.5 }] }] } },
]);

describe("both encodings", () => {
  it.each([
    ["traces", TRACES, TRACES_REQUEST],
    ["logs", LOGS, LOGS_REQUEST],
    ["metrics", METRICS, METRICS_REQUEST],
  ] as const)("give the same %s", (_name, message, table) => {
    expect(readWire(writeWire(message, table), table)).toEqual(message);
    expect(readOtlpJson(writeJson(message, table), table)).toEqual(message);
  });

  it.each([readWire(new Uint8Array(), TRACES_REQUEST), readOtlpJson(Buffer.from("{}"), TRACES_REQUEST)])(
    "take an empty request",
    (message) => expect(message).toEqual({}),
  );
});

/** `AnyValue` of a span's attribute `k`, written byte by byte. */
function valueOf(any: number[]): unknown {
  const keyValue = writeBytes(9, Buffer.concat([writeBytes(1, Buffer.from("k")), writeBytes(2, Buffer.from(any))]));
  const bytes = writeBytes(1, writeBytes(2, writeBytes(2, keyValue)));
  const { resourceSpans } = readWire(bytes, TRACES_REQUEST);
  return resourceSpans?.[0]?.scopeSpans?.[0]?.spans?.[0]?.attributes?.["k"];
}

describe("readWire()", () => {
  it.each<[string, number[], unknown]>([
    ["an integer", [24, 0x96, 0x01], 150],
    ["-1", [24, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -1],
    ["the least integer", [24, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], "-9223372036854775808"],
    ["2^53 + 1", [24, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10], "9007199254740993"],
    ["a double", [33, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 1.5],
    ["no number", [33, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f], "NaN"],
    ["bytes", [58, 2, 0xff, 0x00], "/wA="],
    ["true", [16, 1], true],
    ["a list", [42, 6, 10, 2, 16, 0, 10, 0], [false, null]],
    ["invalid UTF-8", [10, 2, 0xc3, 0x28], "\ufffd("],
    ["an unknown type", [0xa2, 0x06, 1, 65], null],
    ["the last of two", [10, 1, 65, 10, 1, 66], "B"],
    ["nothing", [], null],
  ])("reads %s", (_name, any, value) => {
    expect(valueOf(any)).toEqual(value);
  });

  it("reads packed and single numbers alike, and passes over fields that it does not know", () => {
    const counts = Buffer.concat([
      writeBytes(6, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])),
      Buffer.from([6 * 8 + 1, 2, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from([0x98, 0x06, 1, 0x9d, 0x06, 1, 2, 3, 4]),
    ]);
    const bytes = [9, 2, 2, 1].reduce((inner, field) => writeBytes(field, inner), writeBytes(1, counts));
    const metric = readWire(bytes, METRICS_REQUEST).resourceMetrics?.[0]?.scopeMetrics?.[0]?.metrics?.[0];
    expect(metric).toEqual({ histogram: { dataPoints: [{ bucketCounts: [1, 2] }] } });
  });

  it.each<[string, Buffer]>([
    ["a length beyond the end", Buffer.from([10, 5, 1])],
    ["a gigabyte that is only claimed", Buffer.from([10, 0x80, 0x80, 0x80, 0x80, 0x04])],
    ["a length of 2^40", Buffer.from([10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40])],
    ["a number without an end", Buffer.from([10, 0x80])],
    ["a number of 80 bits", Buffer.from([8, ...Array.from({ length: 11 }, () => 0xff), 1])],
    ["a group", Buffer.from([11, 12])],
    ["wire type 7", Buffer.from([15])],
    ["a field that ends in the next", writeBytes(1, Buffer.from([18, 3, 0]))],
    ["a fixed number cut short", Buffer.from([9, 1, 2])],
    ["JSON", Buffer.from('{"resourceSpans":[]}')],
  ])("refuses %s", (_name, bytes) => {
    expect(() => readWire(bytes, TRACES_REQUEST)).toThrow(IntakeError);
  });

  it.each<[string, number[]]>([
    ["spans", [18, 0]],
    ["lists", [18, 10, 74, 8, 18, 6, 42, 4, 10, 2, 42, 0]],
  ])("refuses bombs of empty %s before they fill the memory", (_name, part) => {
    const scope = Buffer.from(Array.from({ length: 300_000 }, () => part).flat());
    const bytes = writeBytes(1, writeBytes(2, scope));
    expect(() => readWire(bytes, TRACES_REQUEST)).toThrow("too many parts");
  });

  it("leaves out what is nested deeper than twelve levels", () => {
    let any = [10, 1, 65];
    for (let depth = 0; depth < 30; depth++) {
      const item = [10, ...varint(any.length), ...any];
      any = [42, ...varint(item.length), ...item];
    }
    const text = JSON.stringify(valueOf(any));
    expect(text).toBe(`${"[".repeat(12)}"[nested too deep]"${"]".repeat(12)}`);
  });
});

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

describe("readOtlpJson()", () => {
  const read = (text: string) => readOtlpJson(Buffer.from(text), LOGS_REQUEST);
  const recordOf = (fields: object) =>
    read(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [fields] }] }] })).resourceLogs?.[0]
      ?.scopeLogs?.[0]?.logRecords?.[0];

  it("takes numbers as texts, names of the schema, words of enums and ids in capitals", () => {
    expect(
      recordOf({
        time_unix_nano: "1795165200000000000",
        severityNumber: "SEVERITY_NUMBER_WARN2",
        traceId: "0AF7651916CD43DD8448EB211C80319C",
        body: { intValue: "9007199254740993" },
        attributes: [
          { key: "a", value: { doubleValue: "NaN" } },
          { key: "b" },
          { key: "__proto__", value: { intValue: 7 } },
        ],
        unknown: { x: 1 },
        eventName: null,
      }),
    ).toEqual({
      timeUnixNano: 1_795_165_200_000_000_000,
      severityNumber: 14,
      traceId: "0af7651916cd43dd8448eb211c80319c",
      body: "9007199254740993",
      attributes: JSON.parse('{"a":"NaN","b":null,"__proto__":7}') as object,
    });
  });

  it.each([
    "",
    "[]",
    "null",
    '"x"',
    "{",
    '{"resourceLogs":{}}',
    '{"resourceLogs":[null]}',
    '{"resourceLogs":[[]]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"soon"}]}]}]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityText":1}]}]}]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":1}]}]}]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":"text"}]}]}]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":1}}]}]}]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":{"a":1}}]}]}]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"key":1}]}]}]}]}',
  ])("refuses %s", (text) => {
    expect(() => read(text)).toThrow(IntakeError);
  });

  it("never repeats what it was sent", () => {
    const secret = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"hunter2"}]}]}]}';
    expect(() => read(secret)).toThrow("`timeUnixNano` must be a number");
    expect(() => read("{hunter2")).not.toThrow("hunter2");
  });

  it("refuses a megabyte of brackets, and reads values to their twelfth level", () => {
    expect(() => read("[".repeat(2_000_000))).toThrow("nested too deep");
    let value: object = { stringValue: "x" };
    for (let depth = 0; depth < 40; depth++) value = { arrayValue: { values: [value] } };
    expect(JSON.stringify(recordOf({ body: value })?.body)).toBe(
      `${"[".repeat(12)}"[nested too deep]"${"]".repeat(12)}`,
    );
  });
});
