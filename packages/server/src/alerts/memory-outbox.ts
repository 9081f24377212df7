import type { OutboxRow } from "../model/alert.ts";
import type { ChannelRecord, ControlStore, OutboxStore } from "../model/store.ts";

/** Test support: an outbox and its channels in memory, with the leases and counted claims of the store. */
export function createMemoryOutbox(channels: ChannelRecord[] = []) {
  const rows = new Map<string, OutboxRow>();
  const results: (string | null)[] = [];
  const outbox: Partial<OutboxStore> = {
    async claim(kinds, now, leaseMs, limit) {
      const due = [...rows.values()]
        .filter(
          (row) =>
            row.state === "waiting" && kinds.includes(row.kind) && row.dueAt <= now && (row.leaseUntil ?? 0) <= now,
        )
        .sort((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1))
        .slice(0, limit);
      for (const row of due) Object.assign(row, { leaseUntil: now + leaseMs, attempts: row.attempts + 1 });
      return due.map((row) => structuredClone(row));
    },
    async complete(id) {
      Object.assign(rows.get(id)!, { state: "delivered", leaseUntil: null, lastError: null });
    },
    async retry(id, dueAt, error) {
      Object.assign(rows.get(id)!, { dueAt, leaseUntil: null, lastError: error });
    },
    async bury(id, error) {
      Object.assign(rows.get(id)!, { state: "dead", leaseUntil: null, lastError: error });
    },
    async add(added) {
      for (const row of added) if (!rows.has(row.id)) rows.set(row.id, structuredClone(row));
    },
    async counts() {
      const of = (state: OutboxRow["state"]) => [...rows.values()].filter((row) => row.state === state).length;
      return { waiting: of("waiting"), dead: of("dead") };
    },
    async nextDueAt() {
      const waiting = [...rows.values()].filter((row) => row.state === "waiting");
      return waiting.length === 0 ? null : Math.min(...waiting.map((row) => Math.max(row.dueAt, row.leaseUntil ?? 0)));
    },
  };
  const control: Partial<ControlStore> = {
    listChannels: async () => channels,
    recordChannelResult: async (_id, _at, failure) => {
      results.push(failure);
    },
  };
  return { store: { outbox: outbox as OutboxStore, control: control as ControlStore }, rows, results };
}
