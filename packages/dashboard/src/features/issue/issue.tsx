import { useQuery } from "@tanstack/react-query";
import type { IssueCommand, StoredErrorEvent } from "@gatewatch/protocol";
import { useEffect, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { Button } from "../../components/button.tsx";
import { Empty } from "../../components/empty.tsx";
import { ApiFailure } from "../../lib/api-client.ts";
import { buildPrompt } from "../../lib/build-prompt.ts";
import { copyText } from "../../lib/copy-text.ts";
import { findLastList } from "../../lib/list-places.ts";
import { eventQuery, issueEventsQuery, issueQuery } from "../../lib/queries.ts";
import { useScope } from "../../lib/scope.ts";
import { keepScope, useSearchState } from "../../lib/search-state.ts";
import { showToast } from "../../lib/toasts.ts";
import { useKeys } from "../../lib/use-keys.ts";
import { useTitle } from "../../lib/use-title.ts";
import { useTriage } from "../../lib/use-triage.ts";
import { AnalysisCard } from "./analysis-card.tsx";
import { revealAnchor, type Anchor, type IssueTabId } from "./anchors.ts";
import { IssueHead } from "./issue-head.tsx";
import { IssueSide } from "./issue-side.tsx";
import { IssueBody } from "./issue-body.tsx";
import { IssueWait } from "./issue-wait.tsx";

const PENDING_POLL_MS = 3000;

/** Why does it happen, and what should be changed? */
export function Issue({ id }: { id: number }) {
  const { project } = useScope();
  const [, navigate] = useLocation();
  const scope = keepScope(useSearch());
  const [params, change] = useSearchState();
  const {
    data: issue,
    error,
    refetch,
  } = useQuery({
    ...issueQuery(project, id),
    refetchInterval: (query) => (query.state.data?.analysis?.pending ? PENDING_POLL_MS : false),
  });
  const events = useQuery(issueEventsQuery(project, id)).data?.events ?? [];
  const wanted = params.get("event");
  const fetched = useQuery({ ...eventQuery(project, wanted ?? ""), enabled: wanted !== null });
  // What one reads stays, however many newer ones arrive; they are a press away.
  const [pinned, setPinned] = useState<StoredErrorEvent | null>(null);
  if (!pinned && issue?.latestEvent) setPinned(issue.latestEvent);
  const stored = wanted ? (fetched.data ?? null) : pinned;
  const [tab, setTab] = useState<IssueTabId>("stack");
  const [anchor, setAnchor] = useState<{ place: Anchor } | null>(null);
  const triage = useTriage(project);
  useTitle(issue?.title ?? "Issue");

  useEffect(() => {
    if (anchor) revealAnchor(anchor.place.id);
  }, [anchor]);

  const at = Math.max(
    0,
    events.findIndex((row) => row.id === (wanted ?? pinned?.id)),
  );
  const go = (index: number) => {
    const next = events[index];
    if (next) change({ event: next.id });
  };
  const act = (command: IssueCommand) => issue && void triage([issue], command);
  const copy = () =>
    issue && void copyText(buildPrompt(issue, stored?.event ?? null, issue.analysis), "Copied for your coding agent");
  useKeys({
    e: () => act({ action: "resolve" }),
    m: () => act({ action: "ignore" }),
    u: () => act({ action: "reopen" }),
    c: copy,
    "[": () => go(at + 1),
    "]": () => go(at - 1),
    Escape: () => navigate(findLastList() || `/issues${scope}`),
  });

  const movedTo = error && !issue ? findMove(error) : null;
  useEffect(() => {
    if (movedTo === null) return;
    showToast({ tone: "plain", text: `Issue ${id} was merged into this one` });
    navigate(`/issues/${movedTo}${scope}`, { replace: true });
    // Said once for each issue that moved.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [movedTo]);

  if (error && !issue && movedTo === null) {
    const missing = error instanceof ApiFailure && error.status === 404;
    return (
      <Empty title={missing ? "There is no such issue" : "This issue cannot be shown"}>
        <p className="pb-3">{error.message}</p>
        <div className="flex items-center justify-center gap-3">
          {!missing && <Button onClick={() => void refetch()}>Try again</Button>}
          <Link href={findLastList() || `/issues${scope}`} className="text-accent underline underline-offset-2">
            Go to the issues
          </Link>
        </div>
      </Empty>
    );
  }
  if (!issue) return <IssueWait />;

  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1440px] px-3 pb-10 lg:px-5">
        <IssueHead issue={issue} onCommand={act} onCopy={copy} onSplit={() => setTab("grouping")} />
        <div className="grid grid-cols-1 gap-x-6 gap-y-5 pt-3 lg:grid-cols-[minmax(0,1fr)_23rem] lg:grid-rows-[auto_1fr]">
          <div className="lg:col-start-2">
            <AnalysisCard
              issue={issue}
              event={stored?.event ?? null}
              onCopy={copy}
              onReveal={(place) => {
                if (place.tab) setTab(place.tab);
                setAnchor({ place });
              }}
            />
          </div>
          <div className="min-w-0 lg:col-start-1 lg:row-span-2 lg:row-start-1">
            <IssueBody
              issue={issue}
              stored={stored}
              fetching={wanted !== null && fetched.isPending}
              tab={tab}
              onTab={setTab}
              nav={{ at, total: events.length, time: events[at]?.time ?? stored?.event.time ?? null, go }}
            />
          </div>
          <div className="lg:col-start-2">
            <IssueSide issue={issue} />
          </div>
        </div>
      </div>
    </div>
  );
}

/** The issue that took this one in, when the server names it. */
function findMove(error: Error): number | null {
  const details = error instanceof ApiFailure ? error.details : undefined;
  const moved = typeof details === "object" && details !== null && "movedTo" in details ? details.movedTo : null;
  return typeof moved === "number" ? moved : null;
}
