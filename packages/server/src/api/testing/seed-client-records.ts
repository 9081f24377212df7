import { HyperLogLog } from "../../model/hyperloglog.ts";
import type { ClientDigestTx } from "../../model/client-records.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Test support: a scheduled job that is down, a release with sessions of people, and feedback on an error. */
export async function seedClientRecords(
  tx: ClientDigestTx,
  projectId: number,
  { now, issueId, eventId }: { now: number; issueId: number; eventId: string },
): Promise<void> {
  await tx.putMonitors([
    {
      projectId,
      slug: "planted-job",
      environment: "production",
      schedule: { kind: "crontab", value: "0 3 * * *", unit: null, timezone: "Europe/Berlin" },
      marginMin: 5,
      maxRuntimeMin: 30,
      failureThreshold: 1,
      recoveryThreshold: 1,
      state: "missed",
      failures: 1,
      successes: 0,
      checkInId: null,
      lastCheckInAt: now - DAY_MS,
      lastDurationS: 1.5,
      expectedAt: now + HOUR_MS,
      dueAt: now + 2 * HOUR_MS,
      createdAt: now - DAY_MS,
    },
  ]);
  const named = { projectId, release: "planted-1.0", environment: "production" };
  const hour = now - (now % HOUR_MS);
  await tx.addReleaseHealth([{ ...named, hour, sessions: 8, errored: 1, abnormal: 0, crashed: 2 }]);
  const [users, crashed] = [new HyperLogLog(), new HyperLogLog()];
  for (const name of ["ann", "bob", "cem", "dan"]) users.add(name);
  crashed.add("ann");
  const day = now - (now % DAY_MS);
  await tx.putReleaseUsers([{ ...named, day, users: users.toBytes(), crashed: crashed.toBytes() }]);
  await tx.addFeedback([
    {
      ...named,
      at: now,
      errorId: eventId,
      issueId,
      message: "planted words",
      name: "planted person",
      email: "planted@example.com",
      url: null,
    },
    { ...named, at: now, errorId: null, issueId: null, message: "planted too", name: null, email: null, url: null },
  ]);
}
