import type { IssueCommand, IssueRow } from "@gatewatch/protocol";
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "../../components/button.tsx";
import { Tip } from "../../components/tip.tsx";
import { mergeIssues } from "../../lib/merge-issues.ts";
import { useScope } from "../../lib/scope.ts";
import { COLUMNS } from "./columns.ts";

interface Props {
  issues: IssueRow[];
  selected: ReadonlySet<number>;
  onSelect: (ids: ReadonlySet<number>) => void;
  onCommand: (command: IssueCommand) => void;
  busy: boolean;
}

/** The names of the columns; once something is selected, what can be done with it. Always the same height. */
export function BulkBar({ issues, selected, onSelect, onCommand, busy }: Props) {
  const all = issues.length > 0 && selected.size === issues.length;
  return (
    <div className="relative flex h-9 shrink-0 items-center gap-3 border-b border-line bg-sunk pr-3 pl-3 text-small text-muted lg:px-5">
      <input
        type="checkbox"
        aria-label="Select all shown"
        checked={all}
        ref={(box) => {
          if (box) box.indeterminate = selected.size > 0 && !all;
        }}
        disabled={issues.length === 0}
        onChange={() => onSelect(all ? new Set() : new Set(issues.map((issue) => issue.id)))}
        className="size-3.5 accent-accent"
      />
      {selected.size > 0 ? (
        <Actions issues={issues} selected={selected} onSelect={onSelect} onCommand={onCommand} />
      ) : (
        <>
          <span className="flex-1 pl-1.5">Issue</span>
          {COLUMNS.map((column) => (
            <span key={column.name} className={column.className}>
              {column.name}
            </span>
          ))}
        </>
      )}
      {busy && <span className="animate-breathe absolute right-1 size-1.5 rounded-full bg-accent" aria-hidden="true" />}
    </div>
  );
}

function Actions({ issues, selected, onSelect, onCommand }: Omit<Props, "busy">) {
  const { project } = useScope();
  const client = useQueryClient();
  const [oldest, ...others] = issues
    .filter((issue) => selected.has(issue.id))
    .toSorted((a, b) => a.firstSeen - b.firstSeen);
  const merge = () => {
    if (!oldest) return;
    onSelect(new Set());
    void mergeIssues(client, { project, into: oldest, from: others.map((issue) => issue.id) });
  };
  return (
    <div className="flex min-w-0 flex-1 items-center gap-1.5">
      <span className="pr-1 font-semibold whitespace-nowrap text-ink">{selected.size} selected</span>
      <Button icon="check" onClick={() => onCommand({ action: "resolve" })}>
        Resolve
      </Button>
      <Button icon="mute" onClick={() => onCommand({ action: "ignore" })}>
        Ignore
      </Button>
      <Button icon="reopen" className="max-sm:hidden" onClick={() => onCommand({ action: "reopen" })}>
        Reopen
      </Button>
      {selected.size > 1 && (
        <Tip text={`“${oldest?.title ?? ""}” stays, the others go into it`}>
          <Button icon="merge" className="max-sm:hidden" onClick={merge}>
            Merge into the oldest
          </Button>
        </Tip>
      )}
    </div>
  );
}
