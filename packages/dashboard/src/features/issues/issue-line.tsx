import type { IssueRow } from "@gatewatch/protocol";
import { Link, useSearch } from "wouter";
import { Ago } from "../../components/ago.tsx";
import { Badge } from "../../components/badge.tsx";
import { Icon } from "../../components/icon.tsx";
import { Sparkline } from "../../components/sparkline.tsx";
import { formatCount } from "../../lib/format.ts";
import { LEVEL_COLORS, SEVERITY_WORDS, STATE_WORDS } from "../../lib/issue-words.ts";
import { keepScope } from "../../lib/search-state.ts";
import { isSpiking } from "./is-spiking.ts";
import { COLUMNS } from "./columns.ts";

interface Props {
  issue: IssueRow;
  current: boolean;
  selected: boolean;
  onFocus: () => void;
  onToggle: () => void;
}

/** One issue as a line: what, where, how often, how many people, since when. */
export function IssueLine({ issue, current, selected, onFocus, onToggle }: Props) {
  const scope = keepScope(useSearch());
  const [trend, events, users, first, last] = COLUMNS;
  const state = STATE_WORDS[issue.state];
  const severity = SEVERITY_WORDS[issue.severity];
  return (
    <div
      className={`relative flex h-14 items-center gap-3 border-b border-line pr-3 pl-3 lg:px-5 ${selected ? "bg-select" : current ? "bg-hover" : "hover:bg-hover"}`}
    >
      {current && <span className="absolute inset-y-0 left-0 w-0.5 bg-accent" />}
      <input
        type="checkbox"
        aria-label={`Select ${issue.title}`}
        checked={selected}
        onChange={onToggle}
        className="relative z-10 size-3.5 accent-accent"
      />
      <span className={`h-8 w-0.75 shrink-0 rounded-full ${LEVEL_COLORS[issue.level]}`} title={issue.level} />
      <div className="min-w-0 flex-1">
        <div className="flex items-center gap-2">
          <Link
            id={`issue-${issue.id}`}
            href={`/issues/${issue.id}${scope}`}
            onFocus={onFocus}
            className="clip font-semibold -outline-offset-2 after:absolute after:inset-0"
          >
            {issue.title}
          </Link>
          {issue.state !== "ongoing" && <Badge tone={state.tone}>{state.name}</Badge>}
          {isSpiking(issue.trend) && (
            <span className="flex max-md:hidden">
              <Badge tone="warn">Spiking</Badge>
            </span>
          )}
          {severity.tone === "bad" && (
            <span className="flex max-md:hidden">
              <Badge tone="bad">{severity.name}</Badge>
            </span>
          )}
          {issue.analysed && (
            <span title="Its cause has been analysed" className="text-violet max-sm:hidden">
              <Icon name="spark" size={13} />
            </span>
          )}
        </div>
        <div className="flex gap-2 text-small text-muted">
          <span className="clip font-mono text-tiny leading-4.5">{issue.culprit}</span>
          {issue.routes[0] && issue.routes[0] !== issue.culprit && (
            <span className="clip max-md:hidden">{issue.routes[0]}</span>
          )}
        </div>
      </div>
      <span className={trend.className}>
        <Sparkline
          values={issue.trend}
          kind="bars"
          width={96}
          height={24}
          className={issue.state === "regressed" || isSpiking(issue.trend) ? "text-bad" : "text-faint"}
        />
      </span>
      <span className={`${events.className} font-semibold`}>{formatCount(issue.events)}</span>
      <span className={`${users.className} text-muted`}>{formatCount(issue.users)}</span>
      <span className={`${first.className} text-small text-muted`}>
        <Ago time={issue.firstSeen} />
      </span>
      <span className={`${last.className} text-small text-muted`}>
        <Ago time={issue.lastSeen} />
      </span>
    </div>
  );
}
