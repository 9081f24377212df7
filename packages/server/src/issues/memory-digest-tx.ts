import type { Json } from "@gatewatch/protocol";
import { mergeHyperLogLogs } from "../model/hyperloglog.ts";
import type { IssueEventRecord, IssueHashRecord, IssueRecord } from "../model/issue.ts";
import type { DigestTx } from "../model/store.ts";

/** Test support: the part of a unit of digest that issues need, in memory, counting its calls. */
export function createMemoryDigestTx() {
  const issues = new Map<number, IssueRecord>();
  const hashes = new Map<string, IssueHashRecord>();
  const hours = new Map<number, Map<number, number>>();
  const events: IssueEventRecord[] = [];
  const activity: { issueId: number; action: string; detail?: Json }[] = [];
  let calls = 0;
  const tx: Partial<DigestTx> = {
    async findHashes(projectId, wanted) {
      calls += 1;
      return [...hashes.values()].filter((row) => row.projectId === projectId && wanted.includes(row.hash));
    },
    async getIssues(projectId, ids) {
      calls += 1;
      return [...issues.values()].filter((row) => row.projectId === projectId && ids.includes(row.id));
    },
    async insertIssue(issue) {
      calls += 1;
      const record = { ...issue, id: issues.size + 1, version: 1 };
      issues.set(record.id, record);
      return record;
    },
    async attachHashes(rows) {
      calls += 1;
      return rows.map(({ hash, at, ...row }) => {
        const there = hashes.get(`${row.projectId} ${hash.hash}`);
        if (there !== undefined) return there;
        const record: IssueHashRecord = {
          ...row,
          id: hashes.size + 1,
          kind: hash.kind,
          hash: hash.hash,
          events: 0,
          firstSeen: at,
          lastSeen: at,
          users: null,
          firstRelease: null,
          lastRelease: null,
        };
        hashes.set(`${record.projectId} ${record.hash}`, record);
        return record;
      });
    },
    async getTraffic() {
      calls += 1;
      return [];
    },
    async getSpreads() {
      calls += 1;
      return new Map();
    },
    async addHashDeltas(_projectId, deltas) {
      calls += 1;
      for (const delta of deltas) {
        const row = [...hashes.values()].find((candidate) => candidate.id === delta.hashId)!;
        row.events += delta.events;
        row.users = mergeHyperLogLogs(row.users, delta.users);
        const ofHash = hours.get(row.id) ?? new Map<number, number>();
        for (const [hour, count] of delta.hours) ofHash.set(hour, (ofHash.get(hour) ?? 0) + count);
        hours.set(row.id, ofHash);
      }
    },
    async updateIssues(records) {
      calls += 1;
      for (const record of records) issues.set(record.id, { ...record, version: record.version + 1 });
    },
    async addIssueEvents(rows) {
      calls += 1;
      events.push(...rows);
    },
    async addActivity(rows) {
      calls += 1;
      activity.push(...rows);
    },
  };
  return { tx: tx as DigestTx, issues, hashes, hours, events, activity, calls: () => calls };
}
