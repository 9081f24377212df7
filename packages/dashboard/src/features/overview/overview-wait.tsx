import { Skeleton } from "../../components/skeleton.tsx";

/** The screen's boxes at their final sizes. */
export function OverviewWait() {
  return (
    <div className="flex flex-col gap-3" aria-hidden="true">
      <Skeleton className="h-9 w-2/3" />
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {["a", "b", "c", "d"].map((key) => (
          <Skeleton key={key} className="h-23" />
        ))}
      </div>
      <Skeleton className="h-64.5" />
      <div className="grid grid-cols-1 gap-3 lg:grid-cols-[minmax(0,1.15fr)_minmax(0,1fr)]">
        <Skeleton className="h-66" />
        <Skeleton className="h-66" />
      </div>
    </div>
  );
}
