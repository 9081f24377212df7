import type { WriteTransaction } from "../dialect.ts";

/** Samples kept with an issue before they are thinned. */
export const SAMPLES_PER_ISSUE = 50;

/** After events moved: the oldest is `first`, the newest `latest`, regressions stay, the others are samples. */
export async function repinEvents(tx: WriteTransaction, issueId: number): Promise<void> {
  const events = await tx
    .selectFrom("issueEvent")
    .select(["projectId", "id", "pin"])
    .where("issueId", "=", issueId)
    .orderBy("time")
    .orderBy("receivedAt")
    .orderBy("id")
    .execute();
  for (const [index, event] of events.entries()) {
    const pin =
      index === 0
        ? "first"
        : event.pin === "regression"
          ? "regression"
          : index === events.length - 1
            ? "latest"
            : "sample";
    if (pin === event.pin) continue;
    await tx
      .updateTable("issueEvent")
      .set({ pin })
      .where("projectId", "=", event.projectId)
      .where("id", "=", event.id)
      .execute();
  }
}

/**
 * Drops every second sample of an issue, oldest kept, until at most `bound` are left: what stays is regularly spaced.
 * Returns how many were dropped.
 */
export async function thinSamples(tx: WriteTransaction, issueId: number, bound: number): Promise<number> {
  const samples = await tx
    .selectFrom("issueEvent")
    .select(["projectId", "id"])
    .where("issueId", "=", issueId)
    .where("pin", "=", "sample")
    .orderBy("time")
    .orderBy("id")
    .execute();
  let kept = samples;
  while (kept.length > bound) kept = bound === 0 ? [] : kept.filter((_, index) => index % 2 === 0);
  const stays = new Set(kept);
  for (const sample of samples) {
    if (stays.has(sample)) continue;
    await tx.deleteFrom("issueEvent").where("projectId", "=", sample.projectId).where("id", "=", sample.id).execute();
  }
  return samples.length - kept.length;
}
