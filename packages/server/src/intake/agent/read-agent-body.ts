import { ANALYSIS_CATEGORIES, type Json, SEVERITIES } from "@gatewatch/protocol";
import { isFields } from "../field-source.ts";
import { IntakeError } from "../intake-error.ts";
import { parseLenientJson } from "../../model/parse-lenient-json.ts";
import { nestsDeeper } from "../nests-deeper.ts";

type Fields = Record<string, unknown>;

/** Bytes of one request; more deep or long JSON than fits in says nothing. */
export const MAX_AGENT_BYTES = 1024 * 1024;
const MAX_DEPTH = 18;

/** What a field has to be. */
interface FieldRule {
  required?: true;
  kind: "text" | "object" | "any";
  oneOf?: readonly string[];
}

const CONTEXT: FieldRule = { kind: "object" };

export const AGENT_BODIES = {
  analyseEvent: {
    error_type: { required: true, kind: "text" },
    message: { required: true, kind: "text" },
    stack_trace: { kind: "text" },
    context: CONTEXT,
  },
  decideAction: {
    category: { required: true, kind: "text", oneOf: ANALYSIS_CATEGORIES },
    severity: { required: true, kind: "text", oneOf: SEVERITIES },
    context: CONTEXT,
  },
  executeAction: { action: { required: true, kind: "text" }, metadata: CONTEXT },
  validatePayload: { payload: { required: true, kind: "any" } },
} as const satisfies Record<string, Record<string, FieldRule>>;

/** What is wrong with an object, by field; `missing` of its fields are not there at all. */
export interface FieldProblems {
  details: Record<string, string[]>;
  missing: string[];
}

/** @throws IntakeError `invalid_request` when it is no JSON object. */
export function parseAgentBody(body: Buffer): Fields {
  let value: unknown;
  try {
    value = parseLenientJson(body.toString("utf8"));
  } catch {
    throw invalid({ non_field_errors: ["Expected JSON."] });
  }
  if (!isFields(value)) throw invalid({ non_field_errors: ["Expected a JSON object."] });
  if (nestsDeeper(value, MAX_DEPTH)) throw invalid({ non_field_errors: [`Nested deeper than ${MAX_DEPTH} levels.`] });
  return value;
}

/** Undefined when everything is as it should be. */
export function findFieldProblems(
  fields: Fields,
  rules: Readonly<Record<string, FieldRule>>,
): FieldProblems | undefined {
  const details: [string, string[]][] = [];
  const missing: string[] = [];
  for (const [name, rule] of Object.entries(rules)) {
    const value = fields[name];
    if (value === undefined || value === null || (value === "" && rule.required)) {
      if (!rule.required) continue;
      missing.push(name);
      details.push([name, [value === "" ? "This field may not be blank." : "This field is required."]]);
    } else if (!fits(value, rule)) details.push([name, [describeRule(rule)]]);
  }
  return details.length === 0 ? undefined : { details: Object.fromEntries(details), missing };
}

/** @throws IntakeError `invalid_request` with what is wrong, by field. */
export function checkFields(fields: Fields, rules: Readonly<Record<string, FieldRule>>): void {
  const problems = findFieldProblems(fields, rules);
  if (problems !== undefined) throw invalid(problems.details);
}

/** Absent when it is not there, or null. */
export function contextOf(value: unknown): Json | undefined {
  // It came as JSON, and its depth was checked.
  return value === null ? undefined : (value as Json | undefined);
}

function fits(value: unknown, { kind, oneOf }: FieldRule): boolean {
  if (kind === "any") return true;
  if (kind === "object") return isFields(value);
  return typeof value === "string" && (oneOf === undefined || oneOf.includes(value));
}

function describeRule({ kind, oneOf }: FieldRule): string {
  if (oneOf !== undefined) return `Not a valid choice; expected one of ${oneOf.join(", ")}.`;
  return kind === "object" ? "Expected an object." : "Not a valid string.";
}

function invalid(details: Record<string, string[]>): IntakeError {
  return new IntakeError("invalid_request", "Invalid request data", { details });
}
