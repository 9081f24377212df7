import { createEventDetector } from "../../packages/detect/src/index.ts";
import type { BenchRow } from "../measure.ts";
import { type Fraud, makePayments } from "./generators/payments.ts";
import { areaUnderCurve, meanOf, truePositives } from "./rank-scores.ts";

const FRAUDS: readonly Fraud[] = ["amount", "terminal", "customer"];
const FEEDBACK_AFTER_MS = 7 * 86_400_000;
/** The first days are not scored. */
const UNSCORED = 1 / 6;

/** Frauds found, without any word from people, and with each confirmed a week later; beside the amount alone. */
export function measurePayments(seeds: readonly number[], quick: boolean): BenchRow[] {
  const options = { customers: quick ? 300 : 1_000, terminals: quick ? 600 : 2_000, days: 60 };
  const rows: BenchRow[] = [];
  for (const how of ["detector", "confirmed after a week", "amount alone"] as const) {
    const runs = seeds.map((seed) => runPayments(seed, options, how));
    for (const fraud of FRAUDS) {
      const of = `${fraud} fraud, ${how}`;
      rows.push({
        name: `payments: ${of}, AUC`,
        value: meanOf(runs.map((run) => areaUnderCurve(run.normal, run[fraud]))),
        unit: "",
      });
      rows.push({
        name: "… found at 1 % false alarms",
        value: meanOf(runs.map((run) => truePositives(run.normal, run[fraud], 0.01))),
        unit: "share",
      });
    }
  }
  return rows;
}

function runPayments(
  seed: number,
  options: Parameters<typeof makePayments>[1],
  how: string,
): Record<Fraud | "normal", number[]> {
  const payments = makePayments(seed, options);
  const detector = createEventDetector();
  const scores: Record<Fraud | "normal", number[]> = { normal: [], amount: [], terminal: [], customer: [] };
  const waiting: { atMs: number; event: Record<string, unknown> }[] = [];
  for (const [index, { event, atMs, fraud }] of payments.entries()) {
    const score = how === "amount alone" ? Number(event["amount"]) : detector.observe(event, atMs).score!;
    if (index < payments.length * UNSCORED) continue;
    scores[fraud ?? "normal"].push(score);
    if (how !== "confirmed after a week") continue;
    if (fraud !== undefined) waiting.push({ atMs: atMs + FEEDBACK_AFTER_MS, event });
    while (waiting.length > 0 && waiting[0]!.atMs < atMs) detector.feedback(waiting.shift()!.event, "confirmed", atMs);
  }
  return scores;
}
