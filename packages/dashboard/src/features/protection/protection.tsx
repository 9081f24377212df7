import type { AnomalyRow } from "@gatewatch/protocol";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Button } from "../../components/button.tsx";
import { Empty } from "../../components/empty.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { protectionQuery } from "../../lib/queries.ts";
import { useScope } from "../../lib/scope.ts";
import { useSearchState } from "../../lib/search-state.ts";
import { useKeys } from "../../lib/use-keys.ts";
import { useTitle } from "../../lib/use-title.ts";
import { AnomalyPanel } from "./anomaly-panel.tsx";
import { Lanes } from "./lanes.tsx";
import { Promise as PromiseBand } from "./promise.tsx";
import { Streams } from "./streams.tsx";
import { useDetectorVerbs } from "./use-detector-verbs.ts";

/** What stepped out of line, was it real, and does the alarm keep its word? */
export function Protection() {
  const { project, range, session } = useScope();
  useTitle("Protection");
  const [params, change] = useSearchState();
  const { data, error, refetch } = useQuery(protectionQuery(project, range.id));
  const inOrder = useMemo<AnomalyRow[]>(() => data?.lanes.flatMap((lane) => lane.anomalies) ?? [], [data]);
  const asked = Number(params.get("anomaly") ?? Number.NaN);
  const selected = Number.isInteger(asked) ? asked : ((inOrder.find(({ told }) => told) ?? inOrder[0])?.id ?? null);
  const { sendFeedback, changeStream } = useDetectorVerbs(project);
  const select = (id: number) => change({ anomaly: String(id) });
  const move = (step: number) => {
    const at = inOrder.findIndex(({ id }) => id === selected);
    const next = inOrder[Math.max(0, Math.min(inOrder.length - 1, at + step))];
    if (next) select(next.id);
  };
  const say = (feedback: Parameters<typeof sendFeedback>[1]) => {
    if (selected !== null) void sendFeedback(selected, feedback);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    c: () => say("confirmed"),
    f: () => say("false_positive"),
    d: () => say("dismissed"),
  });
  return (
    <div className="h-full overflow-y-auto" aria-busy={!data && !error}>
      <div className="mx-auto flex max-w-[1440px] flex-col gap-3 p-3 lg:px-5">
        {data && (
          <>
            <PromiseBand answer={data} span={range.name.toLowerCase()} />
            {data.lanes.length > 0 ? (
              <Lanes answer={data} selected={selected} onSelect={select} />
            ) : (
              <section className="panel">
                <Empty title="Nothing out of the ordinary">
                  Traffic, error rates and response times of every route stayed where they were expected in the{" "}
                  {range.name.toLowerCase()}.
                </Empty>
              </section>
            )}
            {selected !== null && <AnomalyPanel project={project} id={selected} onFeedback={say} />}
            <section className="panel px-4 pt-2.5 pb-3" aria-labelledby="streams">
              <h2 id="streams" className="heading pb-1">
                What is watched
              </h2>
              <Streams
                project={project}
                canManage={session.user.role === "admin"}
                onChange={(stream, settings) => void changeStream(stream, settings)}
              />
            </section>
          </>
        )}
        {!data && !error && (
          <>
            <Skeleton className="h-9 w-2/3" />
            <Skeleton className="h-24 w-full" />
            <Skeleton className="h-60 w-full" />
          </>
        )}
        {!data && error && (
          <Empty title="Protection cannot be shown">
            <p className="pb-3">{error.message}</p>
            <Button onClick={() => void refetch()}>Try again</Button>
          </Empty>
        )}
      </div>
    </div>
  );
}
