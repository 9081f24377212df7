import type { Attributes, HealthAnswer } from "@gatewatch/protocol";
import type { Authenticator } from "../auth/authenticate.ts";
import type { KeyFile } from "../auth/key-file.ts";
import type { Clock } from "../model/clock.ts";
import type { Shared } from "../model/shared.ts";
import type { ChannelRecord, RetentionPolicy, Store } from "../model/store.ts";
import type { WatchVerbs } from "../model/watch.ts";
import type { LiveHub } from "./live/live-hub.ts";

/** Everything that the API asks of the rest of the server. */
export interface ApiOptions {
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
  driftlock: DriftlockSettings;
  /** For what is our own fault; the API answers with the request id alone. */
  logError(message: string, fields: { requestId: string; error: unknown }): void;
}

/** How the language of Driftlock's clients is spoken. */
export interface DriftlockSettings {
  /** For each key. */
  requestsPerSecond: number;
  /** Metrics by their older names too. */
  pascalCase: boolean;
  /** Whether anybody may have events judged that are then forgotten. */
  hasDemo: boolean;
  /** Bytes of the journal that wait to be digested, and the most that may; null where there is no journal. */
  backlog(): { bytes: number; maxBytes: number } | null;
}

/** What handlers get: the options, and what the API makes of them itself. */
export interface ApiDeps extends ApiOptions {
  live: LiveHub;
  openapi: object;
}

export type ServerHealth = Omit<HealthAnswer, "version" | "store" | "alerts">;

/** Verbs that need more of the server than its store. */
export interface ApiVerbs {
  /** Asks the analyst again: the rules at once, a model within its budget and later. */
  requestAnalysis(order: { projectId: number; issueId: number; by: string; at: number }): Promise<unknown>;
  /** A project's redaction keys have changed: the intake must not go on with those it knows. */
  forgetKeys(projectId: number): void;
  channelKinds(): { kind: string; configSchema: Attributes }[];
  /** Checks a channel's configuration; throws an `ApiError` that names key and value. */
  parseChannelConfig(kind: string, config: Attributes): Attributes;
  /** Sends a test alert and says what came of it. */
  testChannel(channel: ChannelRecord, at: number): Promise<{ ok: boolean; message: string }>;
  /** The watch over traffic and event streams. */
  watch: WatchVerbs;
}
