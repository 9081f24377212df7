import type { ErrorEvent } from "@gatewatch/protocol";
import type { AgentOrder } from "../model/agent.ts";
import type { Journal, JournalError, JournalRecord } from "../model/journal.ts";
import type { CredentialPrincipal } from "../model/principal.ts";
import { createDecoders } from "./languages.ts";
import { createIntakeCounters } from "./intake-counters.ts";
import type { AgentAnalysis, IntakeDeps } from "./intake-deps.ts";

/** Test doubles of the ports that the intake stands on. */

/** A journal in memory whose writes can be held back and made to fail. */
export class FakeJournal implements Pick<Journal, "append" | "backlogBytes"> {
  readonly records: JournalRecord[] = [];
  backlog = 0;
  failures: JournalError[] = [];
  /** While set, writes wait for it. */
  gate: Promise<void> | undefined;
  attempts = 0;
  #waiters: { attempts: number; resolve: () => void }[] = [];

  async append(record: JournalRecord): Promise<{ segment: number; offset: number }> {
    this.attempts++;
    for (const waiter of this.#waiters) if (this.attempts >= waiter.attempts) waiter.resolve();
    const failure = this.failures.shift();
    await this.gate;
    if (failure !== undefined) throw failure;
    this.records.push({ ...record, body: Uint8Array.from(record.body) });
    return { segment: 0, offset: this.records.length };
  }

  backlogBytes(): number {
    return this.backlog;
  }

  /** Resolves once that many writes were asked for. */
  attempted(attempts: number): Promise<void> {
    if (this.attempts >= attempts) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ attempts, resolve }));
  }

  texts(): string[] {
    return this.records.map((record) => Buffer.from(record.body).toString("utf8"));
  }
}

export const FAKE_NOW = 1_795_165_200_000;

export const FAKE_ANALYSIS: AgentAnalysis = {
  status: "preliminary",
  severity: "low",
  category: "validation_error",
  confidence: 0.9,
  root_cause: "The data did not pass a check.",
  suggested_fix: "Answer 400.",
  reasoning: "The message says so.",
  action: "log_only",
  priority: 5,
  fingerprint: "f",
  similar_count: 0,
};

const DECODERS = createDecoders();

export interface FakeIntake {
  deps: IntakeDeps;
  /** What agents have asked for. */
  orders: AgentOrder[];
  journal: FakeJournal;
  principals: Map<string, CredentialPrincipal>;
  analysed: ErrorEvent[];
  failures: unknown[];
  /** Bucket keys with their costs; a key in `empty` is out of tokens. */
  taken: { key: string; cost: number }[];
  empty: Set<string>;
}

/** Tokens: `in` (project 1, ingest), `rd` (read), `ad` (admin), `in2` (project 2). */
export function createFakeIntake(overrides: Partial<IntakeDeps> = {}): FakeIntake {
  const journal = new FakeJournal();
  const token = (credentialId: number, projectId: number, scope: "ingest" | "read" | "admin"): CredentialPrincipal => {
    return { kind: "token", credentialId, projectId, scope };
  };
  const principals = new Map([
    ["in", token(1, 1, "ingest")],
    ["rd", token(2, 1, "read")],
    ["ad", token(3, 1, "admin")],
    ["in2", token(4, 2, "ingest")],
  ]);
  const orders: AgentOrder[] = [];
  const analysed: ErrorEvent[] = [];
  const failures: unknown[] = [];
  const taken: FakeIntake["taken"] = [];
  const empty = new Set<string>();
  const deps: IntakeDeps = {
    journal,
    shared: {
      takeTokens: async (key, cost) => {
        taken.push({ key, cost });
        return empty.has(key) ? { ok: false, retryAfterMs: 1500 } : { ok: true, left: 1000 };
      },
    },
    authenticate: async (text) => principals.get(text) ?? null,
    decodersOf: () => DECODERS,
    analyseInstantly: (event) => {
      analysed.push(event);
      return FAKE_ANALYSIS;
    },
    addressKey: () => null,
    agent: {
      judgeMessage: () => ({ category: "system_error", severity: "medium", confidence: 0.8, reasoning: "r" }),
      judgeError: () => ({ category: "system_error", severity: "high", confidence: 0.8, reasoning: "r" }),
      decide: async (_projectId, { category, severity }, context) => ({
        category,
        severity,
        action: "notify_admin",
        priority: 3,
        metadata: { original_context: context ?? {} },
      }),
      execute: async (order) => {
        orders.push(order);
        return { success: true, message: "done", details: {} };
      },
    },
    uploads: {
      publicUrl: null,
      findProject: async (projectId) => ({ slug: `project-${projectId}`, name: `Project ${projectId}` }),
      putChunks: async () => {},
      assemble: async () => ({ state: "ok" }),
    },
    pseudonymSecret: async (projectId) => `secret-${projectId}`,
    now: () => FAKE_NOW,
    counters: createIntakeCounters(),
    reportFailure: (error) => failures.push(error),
    ...overrides,
  };
  return { deps, orders, journal, principals, analysed, failures, taken, empty };
}
