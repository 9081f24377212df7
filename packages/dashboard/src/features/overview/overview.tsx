import { useQuery } from "@tanstack/react-query";
import type { IssueRow } from "@gatewatch/protocol";
import { Button } from "../../components/button.tsx";
import { Empty } from "../../components/empty.tsx";
import { overviewQuery } from "../../lib/queries.ts";
import { useScope } from "../../lib/scope.ts";
import { useTitle } from "../../lib/use-title.ts";
import { FirstEvent } from "./first-event.tsx";
import { MeasureCard } from "./measure-card.tsx";
import { OverviewWait } from "./overview-wait.tsx";
import { SlowRoutes } from "./slow-routes.tsx";
import { TopIssues } from "./top-issues.tsx";
import { TrafficChart } from "./traffic-chart.tsx";
import { Verdict } from "./verdict.tsx";

/** Is anything wrong right now, and since when? */
export function Overview() {
  const { project, range } = useScope();
  useTitle("Overview");
  const { data, error, refetch } = useQuery(overviewQuery(project, range.id));
  return (
    <div className="h-full overflow-y-auto" aria-busy={!data && !error}>
      <div className="mx-auto flex max-w-[1440px] flex-col gap-3 p-3 lg:px-5">
        {data && !data.hasData && <FirstEvent />}
        {data?.hasData && (
          <>
            <Verdict verdict={data.verdict} />
            <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
              {data.cards.map((card) => (
                <MeasureCard
                  key={card.name}
                  card={card}
                  span={range.id}
                  {...(card.name === "openIssues" && { note: describeFresh(data.issues) })}
                />
              ))}
            </div>
            <TrafficChart
              series={data.series}
              p95={data.cards.find((card) => card.name === "p95")?.value ?? null}
              {...(data.anomalies && { anomalies: data.anomalies })}
            />
            <div className="grid grid-cols-1 gap-3 lg:grid-cols-[minmax(0,1.15fr)_minmax(0,1fr)]">
              <TopIssues issues={data.issues} />
              <SlowRoutes routes={data.routes} />
            </div>
          </>
        )}
        {!data && !error && <OverviewWait />}
        {!data && error && (
          <Empty title="The overview cannot be shown">
            <p className="pb-3">{error.message}</p>
            <Button onClick={() => void refetch()}>Try again</Button>
          </Empty>
        )}
      </div>
    </div>
  );
}

/** The server sends at most so many of the new and the regressed ones. */
const SENT_ISSUES = 5;

function describeFresh(issues: IssueRow[]): string {
  if (issues.length >= SENT_ISSUES) return `${SENT_ISSUES} or more need a look`;
  return issues.length === 0
    ? "None needs a look now"
    : `${issues.length} need${issues.length === 1 ? "s" : ""} a look`;
}
