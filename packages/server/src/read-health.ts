import { statfs } from "node:fs/promises";
import type { ServerHealth } from "./api/api-deps.ts";
import { analystBudgetOf, type ServerConfig } from "./settings/server-settings.ts";
import type { DigestHandle } from "./digest/start-digest.ts";
import type { IntakeCounters } from "./intake/intake-counters.ts";
import type { AnalystProvider } from "./model/analyst.ts";
import { readAnalystBudget } from "./model/changed-settings.ts";
import type { Journal } from "./model/journal.ts";
import type { WatchVerbs } from "./model/watch.ts";
import type { Store } from "./model/store.ts";

export interface HealthParts {
  config: ServerConfig;
  store: Store;
  journal: Journal & { appendedBytes(): number };
  digest: DigestHandle;
  counters: IntakeCounters;
  startedAt: number;
  provider: AnalystProvider | null;
  watch: Pick<WatchVerbs, "health">;
}

/** What the server knows of itself, now. */
export async function readHealth({
  config,
  store,
  journal,
  digest,
  counters,
  startedAt,
  provider,
  watch,
}: HealthParts): Promise<ServerHealth> {
  const stats = digest.stats();
  const lagBytes = journal.backlogBytes();
  const behindSince = digest.behindSince();
  const [dataBytes, disk, spent, budget] = await Promise.all([
    store.maintenance.size(),
    statfs(config.dataDir).catch(() => null),
    store.budget.spent("analyst", new Date().toISOString().slice(0, 10)),
    readAnalystBudget(store, analystBudgetOf(config)),
  ]);
  const drops = [
    ...Object.entries(counters.clientDrops).map(([reason, count]) => ({ where: "client" as const, reason, count })),
    ...Object.entries(counters.refused).map(([reason, count]) => ({ where: "server" as const, reason, count })),
  ];
  return {
    uptimeMs: Date.now() - startedAt,
    intake: {
      acceptedEvents: counters.acceptedEvents,
      rejectedEvents: counters.rejectedEvents,
      batches: counters.batches,
      duplicates: counters.duplicates,
    },
    journal: {
      appendedBytes: journal.appendedBytes(),
      lagBytes,
      lagMs: behindSince === null ? 0 : Math.max(0, Date.now() - behindSince),
    },
    digest: {
      events: stats.events,
      lagMs: stats.lagMs,
      failures: stats.failures,
      poisoned: stats.poisoned,
      halted: stats.halted,
    },
    watch: watch.health(),
    drops,
    disk: { dataBytes, freeBytes: disk === null ? null : disk.bavail * disk.bsize },
    analyst: {
      provider: provider === null ? null : `${provider.name}/${provider.model}`,
      callsToday: spent.calls,
      spentTodayUsd: spent.microUsd / 1e6,
      budgetUsd: budget.maxUsdPerDay,
    },
  };
}
