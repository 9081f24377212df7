import { ANALYSIS_CATEGORIES } from "../analysis.ts";
import { SEVERITIES } from "../api.ts";

const NULLABLE_STRING = { anyOf: [{ type: "string" }, { type: "null" }] } as const;

/** Body of `POST /api/v1/analyze-error`; unknown keys at the top are kept as custom facts. */
export const analyzeErrorSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "AnalyzeErrorRequest",
  type: "object",
  required: ["exception"],
  properties: {
    timestamp: NULLABLE_STRING,
    environment: NULLABLE_STRING,
    request: {
      anyOf: [
        {
          type: "object",
          properties: {
            path: NULLABLE_STRING,
            method: NULLABLE_STRING,
            content_type: NULLABLE_STRING,
            query_params: { anyOf: [{ type: "object" }, { type: "null" }] },
            remote_addr: NULLABLE_STRING,
            user_agent: NULLABLE_STRING,
          },
        },
        { type: "null" },
      ],
    },
    request_body: true,
    user: { anyOf: [{ type: "object" }, { type: "null" }] },
    exception: {
      type: "object",
      required: ["type", "message"],
      properties: {
        type: { type: "string" },
        message: NULLABLE_STRING,
        module: NULLABLE_STRING,
        traceback: NULLABLE_STRING,
        traceback_list: { anyOf: [{ type: "array", items: { type: "string" } }, { type: "null" }] },
      },
    },
    server: { anyOf: [{ type: "object" }, { type: "null" }] },
  },
} as const;

/** What the agent API says of an error. */
export const agentAnalysisSchema = {
  type: "object",
  required: [
    "status",
    "severity",
    "category",
    "confidence",
    "root_cause",
    "suggested_fix",
    "reasoning",
    "action",
    "priority",
    "fingerprint",
    "similar_count",
  ],
  properties: {
    status: { enum: ["preliminary", "complete"] },
    severity: { enum: SEVERITIES },
    category: { enum: ANALYSIS_CATEGORIES },
    confidence: { type: "number", minimum: 0, maximum: 1 },
    root_cause: { type: "string" },
    suggested_fix: { type: "string" },
    reasoning: { type: "string" },
    action: { enum: ["log_only", "notify_admin", "trigger_workflow", "escalate"] },
    priority: { type: "integer", minimum: 1, maximum: 5 },
    fingerprint: { type: "string" },
    similar_count: { type: "integer", minimum: 0 },
  },
  additionalProperties: false,
} as const;

/** 200 of `POST /api/v1/analyze-error`. */
export const analyzeErrorAnswerSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "AnalyzeErrorAnswer",
  type: "object",
  required: ["status", "id", "analysis"],
  properties: { status: { const: "received" }, id: { type: "string" }, analysis: agentAnalysisSchema },
  additionalProperties: false,
} as const;
