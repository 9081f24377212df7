import type { IssueList } from "@gatewatch/protocol";
import { ISSUE_TABS, type IssueTab } from "../../lib/api-paths.ts";
import { formatCount } from "../../lib/format.ts";

const NAMES: Record<IssueTab, string> = {
  unresolved: "Unresolved",
  new: "New",
  regressed: "Regressed",
  resolved: "Resolved",
  ignored: "Ignored",
  all: "All",
};

/** The states as a row of choices with their counts. */
export function IssueTabs(props: {
  counts: IssueList["counts"] | undefined;
  value: IssueTab;
  onChange: (tab: IssueTab) => void;
}) {
  const { counts } = props;
  const countOf = (tab: IssueTab) =>
    counts && (tab === "all" ? counts.unresolved + counts.resolved + counts.ignored : counts[tab]);
  return (
    <div role="group" aria-label="State" className="-ml-2.5 flex h-9 items-stretch overflow-x-auto pt-0.5">
      {ISSUE_TABS.map((tab) => {
        const count = countOf(tab);
        const here = tab === props.value;
        return (
          <button
            key={tab}
            type="button"
            aria-pressed={here}
            onClick={() => props.onChange(tab)}
            className={`relative after:absolute after:inset-x-2.5 after:bottom-0 after:h-0.5 after:rounded-full flex items-center gap-1.5 px-2.5 font-medium whitespace-nowrap -outline-offset-3 ${here ? "text-ink after:bg-accent" : "text-muted hover:text-ink"}`}
          >
            {NAMES[tab]}
            <span className="min-w-3 text-left text-small font-normal text-faint">
              {count === undefined ? "" : formatCount(count)}
            </span>
          </button>
        );
      })}
    </div>
  );
}
