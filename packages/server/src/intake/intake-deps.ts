import type { AnalysisCategory, ErrorEvent, Severity } from "@gatewatch/protocol";
import type { AgentVerbs } from "../model/agent.ts";
import type { Clock } from "../model/clock.ts";
import type { Journal } from "../model/journal.ts";
import type { CredentialPrincipal } from "../model/principal.ts";
import type { Shared } from "../model/shared.ts";
import type { UploadVerbs } from "../model/uploads.ts";
import type { IntakeCounters } from "./intake-counters.ts";
import type { DecodersOfProject } from "./project-decoders.ts";

/** What the agent API answers about an error. */
export interface AgentAnalysis {
  status: "preliminary" | "complete";
  severity: Severity;
  category: AnalysisCategory;
  confidence: number;
  root_cause: string;
  suggested_fix: string;
  reasoning: string;
  action: "log_only" | "notify_admin" | "trigger_workflow" | "escalate";
  priority: 1 | 2 | 3 | 4 | 5;
  fingerprint: string;
  similar_count: number;
}

/** A token's rate: each request costs its size in KiB plus 32. */
export interface TokenRate {
  capacityKiB: number;
  kiBPerSecond: number;
}

/** What the intake needs of the rest of the server. */
export interface IntakeDeps {
  journal: Pick<Journal, "append" | "backlogBytes">;
  shared: Pick<Shared, "takeTokens">;
  /** Whose token or key of a DSN it is; null when it is unknown or revoked. */
  authenticate(token: string): Promise<CredentialPrincipal | null>;
  /** The decoders of a project, with the redaction that it asks for. */
  decodersOf: DecodersOfProject;
  /** The analysis by rules, at once. */
  analyseInstantly(event: ErrorEvent, projectId: number): AgentAnalysis | Promise<AgentAnalysis>;
  /** Whether a batch that is no longer remembered here was stored before; without it the digest alone recognises it. */
  knownBatch?(projectId: number, batchId: Uint8Array): Promise<boolean>;
  /** Key for pseudonyms of client addresses; null drops them. */
  addressKey(projectId: number): Uint8Array | null;
  /** What agents may ask for beyond storing. */
  agent: AgentVerbs;
  /** Builds that clients upload. */
  uploads: UploadVerbs;
  /** The project's own secret, by which its clients make pseudonyms as we do; always the same one. */
  pseudonymSecret(projectId: number): Promise<string>;
  now: Clock;
  counters: IntakeCounters;
  /** The server listens on loopback: what is open to its developer alone may be served. @default false */
  isLocal?: boolean;
  /** Undigested bytes beyond which batches are refused with 503. @default 1 GiB */
  maxBacklogBytes?: number;
  rate?: TokenRate;
  /** A failure of ours that a client only sees as `internal`. */
  reportFailure(error: unknown, requestId?: string): void;
}

export const DEFAULT_TOKEN_RATE: TokenRate = { capacityKiB: 262_144, kiBPerSecond: 131_072 };
export const DEFAULT_MAX_BACKLOG_BYTES = 1024 ** 3;
