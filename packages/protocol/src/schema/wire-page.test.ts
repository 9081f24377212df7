import { readFileSync } from "node:fs";
import Schema from "typebox/schema";
import { describe, expect, it } from "vitest";
import { EVENT_TYPES } from "../event.ts";
import { WIRE_LIMITS } from "../limits.ts";
import { analyzeErrorAnswerSchema, analyzeErrorSchema } from "./agent-schema.ts";
import { batchAnswerSchema, nativeBatchSchema, streamAnswerSchema } from "./batch-schema.ts";
import { EVENT_SCHEMAS } from "./event-schema.ts";

const page = readFileSync(new URL("../../../../docs/wire.md", import.meta.url), "utf8");

const errorBodySchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: { code: { type: "string" }, message: { type: "string" } },
    },
  },
} as const;

const VALIDATORS = {
  NativeBatch: Schema.Compile(nativeBatchSchema),
  BatchAnswer: Schema.Compile(batchAnswerSchema),
  StreamAnswer: Schema.Compile(streamAnswerSchema),
  AnalyzeErrorRequest: Schema.Compile(analyzeErrorSchema),
  AnalyzeErrorAnswer: Schema.Compile(analyzeErrorAnswerSchema),
  ErrorBody: Schema.Compile(errorBodySchema),
};
type SchemaName = keyof typeof VALIDATORS;

const examples = [...page.matchAll(/^```json (\w+)\n([\s\S]*?)^```$/gm)].map(
  (match) => [match[1] as SchemaName, JSON.parse(match[2]!) as Record<string, unknown>] as const,
);

describe("docs/wire.md", () => {
  it("shows each shape at least once", () => {
    expect(new Set(examples.map(([name]) => name))).toEqual(new Set(Object.keys(VALIDATORS)));
  });

  it.each(examples)("has an example of %s that its schema accepts", (name, value) => {
    expect(VALIDATORS[name].Errors(value)[1]).toEqual([]);
    expect(VALIDATORS[name].Check(value)).toBe(true);
  });

  it.each(examples)("has an example of %s that its schema refuses without a required field", (name, value) => {
    const needed = name === "AnalyzeErrorRequest" ? "exception" : Object.keys(value)[0]!;
    const { [needed]: _, ...rest } = value;
    expect(VALIDATORS[name].Check(rest)).toBe(false);
  });

  it("shows an event of every type", () => {
    const types = examples.flatMap(([, value]) => (value["events"] as { type: string }[] | undefined) ?? []);
    expect(new Set(types.map((event) => event.type))).toEqual(new Set(EVENT_TYPES));
    expect(Object.keys(EVENT_SCHEMAS).sort()).toEqual([...EVENT_TYPES].sort());
  });

  it("states every limit with its value", () => {
    const rows = [...page.matchAll(/^\| `(max\w+)`\s+\| (\d+)\s+\|/gm)].map((match) => [match[1]!, Number(match[2])]);
    expect(Object.fromEntries(rows)).toEqual(WIRE_LIMITS);
  });
});
