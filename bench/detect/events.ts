import type { BenchRow } from "../measure.ts";
import type { DetectBenchOptions } from "./bench.ts";
import { measureEventCost } from "./events-cost.ts";
import { measureCleanStart, measureHttpParams, measurePoisoned } from "./events-http.ts";
import { measureEventNulls, measureYoungNulls } from "./events-nulls.ts";
import { measurePayments } from "./events-payments.ts";

/** First run once the detector was done: those that its changes were judged by are below 310. */
const SEEDS = [401, 402, 403, 404, 405, 406, 407, 408];

/** The event detector: what it finds, from a clean start and under attack, whether its alarms keep their word, and what it costs. */
export async function measureEvents({ quick, progress, dataDir }: DetectBenchOptions): Promise<BenchRow[]> {
  const seeds = quick ? SEEDS.slice(0, 2) : SEEDS;
  const parts: Record<string, () => BenchRow[]> = {
    "attacks on shops": () => measureCleanStart(seeds),
    "attacks from the first event on": () => measurePoisoned(seeds),
    "HTTP parameters": () => measureHttpParams(dataDir),
    payments: () => measurePayments(seeds.slice(0, quick ? 1 : 3), quick),
    "streams without anomalies": () => measureEventNulls(seeds),
    "young streams without anomalies": () => measureYoungNulls(quick ? 5 : 40),
    "cost of events": () => measureEventCost(quick ? 1 : 3),
  };
  const rows: BenchRow[] = [];
  for (const [name, measure] of Object.entries(parts)) {
    progress(name);
    rows.push(...measure());
    await new Promise(setImmediate);
  }
  return rows;
}

export const EVENT_NOTES = `The event detector was made with the seeds 1 to 12 of these generators, with http-params and with the access log, whose figures are therefore no held-out ones; it was changed
after figures of the seeds 101 to 108, 201 to 208 and 301 to 308 had been seen. About 120 configurations were measured in all, counted from the runs. The seeds here are others, run for the first time when
nothing was changed any more but how heavy a tail is believed to be, which was chosen on the access log. The generators are ours: a real shop's traffic may be harder. Shops, their pages, names of parameters and
goods differ with the seed. Attacks of twelve families change one normal request each, after CSIC 2010.

That the false discoveries stay below their target costs attacks that look least odd: a parameter that is tampered with, missing or added is about as rare as the rarest normal requests, and the best limit
in hindsight would not find all of them either. The access log is no stream without anomalies: among the lines below 1e-3 are probes for files and scripts, foreign referrers, and answers a
thousand times larger than usual. By night, when a tenth of the traffic comes, ten minutes of silence are flagged and not called rarer than 2e-4 in a shop's first two weeks.`;
