import type { IssueDetail, StoredErrorEvent } from "@gatewatch/protocol";
import { Ago } from "../../components/ago.tsx";
import { Button } from "../../components/button.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { Tip } from "../../components/tip.tsx";
import { formatMoment } from "../../lib/format.ts";
import { Activity } from "./activity.tsx";
import type { IssueTabId } from "./anchors.ts";
import { Breadcrumbs } from "./breadcrumbs.tsx";
import { Grouping } from "./grouping.tsx";
import { RequestView } from "./request-view.tsx";
import { Similar } from "./similar.tsx";
import { Stack } from "./stack.tsx";

interface EventNav {
  /** 0 is the newest. */
  at: number;
  total: number;
  time: number | null;
  go: (index: number) => void;
}

interface Props {
  issue: IssueDetail;
  stored: StoredErrorEvent | null;
  /** Whether `stored` is still on its way. */
  fetching: boolean;
  tab: IssueTabId;
  onTab: (tab: IssueTabId) => void;
  nav: EventNav;
}

/** One stored event of the issue, and what is known of the issue as a whole, in tabs. */
export function IssueBody({ issue, stored, fetching, tab, onTab, nav }: Props) {
  const event = stored?.event ?? null;
  const missing = (
    <p className="py-6 text-muted">
      {fetching
        ? "The event is being fetched."
        : issue.events === 0
          ? "No event has come to this issue."
          : "None of its events is stored any more. Counts and analysis are kept."}
    </p>
  );
  return (
    <section aria-label="Event">
      <EventBar nav={nav} stored={stored} />
      <Tabs
        label="Parts of the issue"
        value={tab}
        onChange={(id) => onTab(id as IssueTabId)}
        tabs={[
          {
            id: "stack",
            name: "Stack",
            content: event ? <Stack key={stored?.id} event={event} culprit={issue.culprit} /> : missing,
          },
          {
            id: "breadcrumbs",
            name: "Breadcrumbs",
            count: event?.breadcrumbs?.length ?? 0,
            content: event ? <Breadcrumbs event={event} /> : missing,
          },
          { id: "request", name: "Request", content: stored ? <RequestView stored={stored} /> : missing },
          { id: "similar", name: "Similar", count: issue.similar.length, content: <Similar issue={issue} /> },
          { id: "activity", name: "Activity", content: <Activity issue={issue} /> },
          {
            id: "grouping",
            name: "Grouping",
            count: issue.hashes.filter((hash) => hash.events > 0).length,
            content: <Grouping issue={issue} />,
          },
        ]}
      />
    </section>
  );
}

function EventBar({ nav, stored }: { nav: EventNav; stored: StoredErrorEvent | null }) {
  return (
    <div className="flex h-8 items-center gap-1 text-small text-muted">
      <Tip text="Older event" keys="[">
        <Button
          tone="quiet"
          icon="left"
          aria-label="Older event"
          disabled={nav.at >= nav.total - 1}
          onClick={() => nav.go(nav.at + 1)}
        />
      </Tip>
      <Tip text="Newer event" keys="]">
        <Button
          tone="quiet"
          icon="right"
          aria-label="Newer event"
          disabled={nav.at <= 0}
          onClick={() => nav.go(nav.at - 1)}
        />
      </Tip>
      <span className="clip">
        {nav.total > 0 ? `Event ${nav.total - nav.at} of ${nav.total} kept` : "No event kept"}
        {nav.time !== null && (
          <>
            {" · "}
            <span className="text-ink">{formatMoment(nav.time)}</span>
            <span className="max-sm:hidden">
              {" · "}
              <Ago time={nav.time} suffix />
            </span>
          </>
        )}
        {stored?.release && <span className="max-sm:hidden"> · release {stored.release}</span>}
        {stored?.environment && <span className="max-sm:hidden"> · {stored.environment}</span>}
      </span>
    </div>
  );
}
