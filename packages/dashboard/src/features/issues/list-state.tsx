import { Button } from "../../components/button.tsx";
import { Empty } from "../../components/empty.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import type { IssueFilter } from "../../lib/api-paths.ts";

const KIND: Record<IssueFilter["tab"], string> = {
  unresolved: "Nothing is unresolved",
  new: "No new issue",
  regressed: "Nothing came back",
  resolved: "Nothing has been resolved yet",
  ignored: "Nothing is ignored",
  all: "No error has arrived yet",
};

/** A list without rows: still coming, failed, or truly empty. */
export function ListState(props: {
  filter: IssueFilter;
  pending: boolean;
  error: Error | null;
  onRetry: () => void;
  onClear: () => void;
}) {
  if (props.error) {
    return (
      <Empty title="The list cannot be shown">
        <p className="pb-3">{props.error.message}</p>
        <Button onClick={props.onRetry}>Try again</Button>
      </Empty>
    );
  }
  if (props.pending) {
    return (
      <div aria-hidden="true" className="flex flex-col">
        {Array.from({ length: 10 }, (_, index) => (
          <div key={index} className="flex h-14 items-center gap-4 border-b border-line px-5">
            <Skeleton className="h-8 w-1" />
            <Skeleton className="h-4 w-1/2" />
          </div>
        ))}
      </div>
    );
  }
  if (props.filter.query) {
    return (
      <Empty title="Nothing matches">
        <p className="pb-3">
          No issue here fits <code className="font-mono break-all">{props.filter.query}</code>.
        </p>
        <Button onClick={props.onClear}>Clear the filter</Button>
      </Empty>
    );
  }
  return (
    <Empty title={KIND[props.filter.tab]}>
      <p>
        Each kind of error becomes one issue here, with its count and its cause. Send one to try it:{" "}
        <code className="font-mono text-ink">npx gatewatch test</code>
      </p>
    </Empty>
  );
}
