import { Skeleton } from "../../components/skeleton.tsx";

/** The page's boxes before its data. */
export function IssueWait() {
  return (
    <div className="mx-auto max-w-[1440px] px-3 pt-4 lg:px-5" aria-hidden="true">
      <Skeleton className="h-7 w-2/3" />
      <Skeleton className="mt-2 h-5 w-1/3" />
      <div className="grid gap-6 pt-8 lg:grid-cols-[minmax(0,1fr)_23rem]">
        <Skeleton className="h-96" />
        <Skeleton className="h-80" />
      </div>
    </div>
  );
}
