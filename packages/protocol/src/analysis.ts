import type { Severity } from "./api.ts";

/** Words of the agent API; see `ANALYSIS_CATEGORIES`. */
export const ANALYSIS_CATEGORIES = [
  "validation_error",
  "system_error",
  "security_issue",
  "performance_issue",
  "ignorable",
] as const;
export type AnalysisCategory = (typeof ANALYSIS_CATEGORIES)[number];

/** A piece of redacted evidence that a claim may cite, for example `E1` (exception), `F3` (frame), `B2` (breadcrumb), `R1` (request), `S1` (share). */
export interface Evidence {
  id: string;
  kind: "exception" | "frame" | "breadcrumb" | "request" | "share" | "release";
  /** One line for people. */
  label: string;
  data: unknown;
}

export interface AnalysisClaim {
  text: string;
  /** Ids of evidence; a claim whose citation does not exist is dropped before it is stored. */
  evidence: string[];
}

/** The cause of an issue, as one provider sees it. */
export interface Analysis {
  issueId: number;
  /** `rules`, or provider and model as `anthropic/claude-…`. */
  provider: string;
  model: string | null;
  status: "preliminary" | "complete" | "failed";
  createdAt: number;
  /** Digest of the evidence it rests on. */
  evidenceDigest: string;
  category: AnalysisCategory;
  severity: Severity;
  /** 0 to 1. */
  confidence: number;
  /** At most 40 words. */
  summary: string;
  rootCause: AnalysisClaim;
  location: { file: string; line: number | null; function: string | null } | null;
  fix: { kind: "code" | "config" | "data" | "dependency" | "infra" | "not_a_bug"; text: string; evidence: string[] };
  /** What is special about this group: release, route, share of users. */
  notes: AnalysisClaim[];
  /** Claims removed because their citation does not exist. */
  droppedClaims: number;
  evidence: Evidence[];
  /** Why it failed, in words for a person; only with `failed`. */
  failure?: string;
  /** Set when a better one is being made. */
  pending?: boolean;
  usage?: { inputTokens: number; outputTokens: number; costUsd: number; ms: number };
}
