import type { Analysis, Evidence } from "@gatewatch/protocol";

/** Everything that a provider may know of an issue: redacted, with ids that its answer must cite. */
export interface EvidencePack {
  issueId: number;
  title: string;
  digest: string;
  evidence: Evidence[];
}

export type AnalystResult =
  | { ok: true; analysis: Omit<Analysis, "evidence" | "issueId" | "evidenceDigest" | "createdAt"> }
  | { ok: false; retry: boolean; retryAfterMs?: number; message: string; usage?: Analysis["usage"] };

/** One source of explanations. */
export interface AnalystProvider {
  /** `rules`, `anthropic`, `openai` */
  readonly name: string;
  readonly model: string | null;
  /** Upper bound of the price of one call, reserved before it. */
  estimateUsd(pack: EvidencePack): number;
  /** `mayCallAgain` is asked before each further call (a repair of a malformed answer): false when the budget has no room for it. */
  analyse(pack: EvidencePack, signal: AbortSignal, mayCallAgain?: () => Promise<boolean>): Promise<AnalystResult>;
}
