import type { IssueRow } from "@gatewatch/protocol";
import { Link, useSearch } from "wouter";
import { Ago } from "../../components/ago.tsx";
import { Badge } from "../../components/badge.tsx";
import { Sparkline } from "../../components/sparkline.tsx";
import { formatCount } from "../../lib/format.ts";
import { LEVEL_COLORS, STATE_WORDS } from "../../lib/issue-words.ts";
import { keepScope } from "../../lib/search-state.ts";

const ROWS = 5;

/** What to look at first. */
export function TopIssues({ issues }: { issues: IssueRow[] }) {
  const scope = keepScope(useSearch());
  return (
    <section className="panel min-h-66" aria-labelledby="top-issues">
      <header className="flex items-center justify-between px-4 pt-2.5 pb-1.5">
        <h2 id="top-issues" className="heading">
          Issues to look at first
        </h2>
        <Link href={`/issues${scope}`} className="text-small text-muted hover:text-ink">
          All issues
        </Link>
      </header>
      {issues.length === 0 && <p className="px-4 py-2 text-muted">No open issue. Enjoy it.</p>}
      <ul className="rule border-t border-line">
        {issues.slice(0, ROWS).map((issue) => (
          <li key={issue.id} className="last:*:rounded-b-lg">
            <Link
              href={`/issues/${issue.id}${scope}`}
              className="relative flex h-11 items-center gap-3 pr-4 pl-4 -outline-offset-2 hover:bg-hover"
            >
              <span className={`h-6 w-0.75 shrink-0 rounded-full ${LEVEL_COLORS[issue.level]}`} />
              <span className="min-w-0 flex-1">
                <span className="flex items-center gap-2">
                  <span className="clip font-semibold">{issue.title}</span>
                  {issue.state !== "ongoing" && (
                    <Badge tone={STATE_WORDS[issue.state].tone}>{STATE_WORDS[issue.state].name}</Badge>
                  )}
                </span>
                <span className="clip block font-mono text-tiny text-muted">{issue.culprit}</span>
              </span>
              <Sparkline
                values={issue.trend}
                kind="bars"
                width={72}
                height={20}
                className="hidden text-muted sm:block"
              />
              <span className="w-12 text-right font-semibold">{formatCount(issue.events)}</span>
              <span className="hidden w-12 text-right text-small text-muted sm:block">
                <Ago time={issue.lastSeen} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
