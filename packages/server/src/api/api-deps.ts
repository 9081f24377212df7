import type { Attributes, HealthAnswer } from "@gatewatch/protocol";
import type { Authenticator } from "../auth/authenticate.ts";
import type { KeyFile } from "../auth/key-file.ts";
import type { Clock } from "../model/clock.ts";
import type { Shared } from "../model/shared.ts";
import type { RetentionPolicy, Store } from "../model/store.ts";

/** Everything that the API asks of the rest of the server. */
export interface ApiDeps {
  store: Store;
  shared: Shared;
  clock: Clock;
  version: string;
  authenticator: Authenticator;
  keyFile: KeyFile;
  verbs: ApiVerbs;
  /** The parts of the health answer that only the running server knows. */
  health(): Promise<ServerHealth> | ServerHealth;
  /** Throws or resolves to a sentence when the server cannot take events; null when it can. */
  whyNotReady(): Promise<string | null> | string | null;
  defaults: {
    retention: RetentionPolicy;
    analyst: { maxCallsPerDay: number; maxUsdPerDay: number };
  };
  /** Where people reach the dashboard, when the owner said so; `https:` makes cookies secure. */
  publicUrl: string | null;
  /** Folder of the built dashboard. */
  dashboardDir: string;
  /** For what is our own fault; the API answers with the request id alone. */
  logError(message: string, fields: { requestId: string; error: unknown }): void;
}

export type ServerHealth = Omit<HealthAnswer, "version" | "store" | "alerts">;

/** The verbs of the server's other parts that the API lends to the outside. */
export interface ApiVerbs {
  resolveIssue(order: IssueOrder & { inNextRelease: boolean }): Promise<unknown>;
  ignoreIssue(order: IssueOrder & { untilCount: number | null; until: number | null }): Promise<unknown>;
  reopenIssue(order: IssueOrder): Promise<unknown>;
  mergeIssues(order: IssueOrder & { from: number[] }): Promise<unknown>;
  /** Resolves to the id of the issue that the hashes went to. */
  splitIssue(order: IssueOrder & { hashIds: number[] }): Promise<number>;
  requestAnalysis(order: IssueOrder): Promise<unknown>;
  channelKinds(): { kind: string; configSchema: Attributes }[];
  /** Checks a channel's configuration; throws an `ApiError` that names key and value. */
  parseChannelConfig(kind: string, config: Attributes): Attributes;
  testChannel(channelId: number): Promise<{ ok: boolean; message: string }>;
}

export interface IssueOrder {
  projectId: number;
  issueId: number;
  /** Who asks, for the issue's activity. */
  by: string;
  at: number;
}
