import type { AnomalyRow, ProtectionAnswer } from "@gatewatch/protocol";
import type { Store } from "../../model/store.ts";
import type { WatchVerbs } from "../../model/watch.ts";
import type { Span } from "./resolve-span.ts";

const MAX_ANOMALIES = 500;
const MAX_LANES = 100;
/** Of a hundred anomalies that people are told of, at most ten are to be false. */
const TARGET = 0.1;

/** What stood out in the span, by subject, and whether the promise on false alarms was kept. */
export async function loadProtection(
  deps: { store: Pick<Store, "anomalies">; watch: Pick<WatchVerbs, "listStreams"> },
  { projectId, span }: { projectId: number; span: Span },
): Promise<ProtectionAnswer> {
  const { anomalies } = deps.store;
  const [page, streams, tally] = await Promise.all([
    anomalies.query({ projectId, ...span, limit: MAX_ANOMALIES }),
    deps.watch.listStreams(projectId),
    anomalies.tally(projectId, span.from, span.to),
  ]);
  const series = streams.filter(({ kind }) => kind === "series");
  const { judged, flagged, expected, told, requests, limited, refused } = tally;
  return {
    ...span,
    lanes: toLanes(page.anomalies),
    watched: {
      series: series.length,
      ready: series.filter(({ state }) => state === "ready").length,
      eventStreams: streams.length - series.length,
    },
    promise: { target: TARGET, judged, flagged, expected, told },
    gate: { requests, limited, refused },
  };
}

/** The rarest first; in a lane the oldest first. */
function toLanes(rows: readonly AnomalyRow[]): ProtectionAnswer["lanes"] {
  const lanes = [...Map.groupBy(rows, ({ kind, stream, measure }) => JSON.stringify([kind, stream, measure])).values()];
  return lanes
    .map((anomalies) => {
      const { kind, stream, measure } = anomalies[0]!;
      return { kind, stream, measure, anomalies: anomalies.toSorted((a, b) => a.startedAt - b.startedAt) };
    })
    .toSorted((a, b) => smallestP(a.anomalies) - smallestP(b.anomalies))
    .slice(0, MAX_LANES);
}

function smallestP(anomalies: readonly AnomalyRow[]): number {
  return anomalies.reduce((least, { pValue }) => Math.min(least, pValue), 1);
}
