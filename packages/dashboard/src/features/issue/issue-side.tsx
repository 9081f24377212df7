import type { IssueDetail, IssueReach, IssueShare } from "@gatewatch/protocol";
import { Sparkline } from "../../components/sparkline.tsx";
import { formatCount, formatPlural, formatShare } from "../../lib/format.ts";
import { shareAnchor } from "./anchors.ts";

const VALUES = 4;

/** How often, how many, since when, and on what it falls. */
export function IssueSide({ issue }: { issue: IssueDetail }) {
  const day = issue.trend.reduce((sum, value) => sum + value, 0);
  return (
    <aside aria-label="Course and shares" className="flex flex-col gap-5">
      <section>
        <h2 className="flex items-baseline justify-between pb-1.5">
          <span className="heading">Last 24 hours</span>
          <span className="font-semibold">{formatPlural(day, "event")}</span>
        </h2>
        <div role="img" aria-label={describeTrend(issue.trend, day)}>
          <Sparkline values={issue.trend} kind="bars" width={368} height={44} className="w-full text-bad" />
        </div>
        <div className="flex justify-between pt-1 text-tiny text-faint">
          <span>24 h ago</span>
          <span>now</span>
        </div>
      </section>
      {(issue.firstRelease ?? issue.lastRelease) !== null && (
        <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-y-1">
          <dt className="text-muted">First release</dt>
          <dd className="clip">{issue.firstRelease ?? "unknown"}</dd>
          <dt className="text-muted">Last release</dt>
          <dd className="clip">{issue.lastRelease ?? "unknown"}</dd>
        </dl>
      )}
      {issue.reach !== undefined && (
        <dl id={shareAnchor("reach")} className="grid grid-cols-[7rem_minmax(0,1fr)] gap-y-1 rounded-md">
          <dt className="text-muted">Users, 7 days</dt>
          <dd>{describeReach(issue.reach)}</dd>
        </dl>
      )}
      {issue.shares.map((share) => (
        <ShareView key={share.name} share={share} />
      ))}
    </aside>
  );
}

function ShareView({ share }: { share: IssueShare }) {
  return (
    <section id={shareAnchor(share.name)} className="rounded-md" aria-label={`By ${share.name}`}>
      <h2 className="heading pb-1 first-letter:uppercase">
        {share.name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}
      </h2>
      <ul className="flex flex-col gap-1">
        {share.values.slice(0, VALUES).map((value) => (
          <li key={value.value} className="relative flex items-center gap-3 overflow-hidden rounded-sm px-2 py-0.5">
            <span
              className="absolute inset-y-0 left-0 rounded-sm bg-accent/14"
              style={{ width: `${Math.max(1, value.share * 100)}%` }}
            />
            <span className="clip relative flex-1 font-mono text-small">{value.value}</span>
            <span className="relative text-small text-muted">
              <span className={value.special ? "font-semibold text-ink" : undefined}>{formatShare(value.share)}</span>
              {value.usual != null && ` · all requests ${formatShare(value.usual)}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function describeReach({ users, activeUsers }: IssueReach): string {
  return activeUsers === null
    ? formatCount(users)
    : `${formatCount(users)} of ${formatCount(activeUsers)} active (${formatShare(users / activeUsers)})`;
}

function describeTrend(trend: number[], day: number): string {
  const peak = Math.max(0, ...trend);
  return `${formatCount(day)} events in the last 24 hours, at most ${formatCount(peak)} in an hour, ${formatCount(trend.at(-1) ?? 0)} in the last one.`;
}
