import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { ISSUE_TABS, type IssueFilter } from "../../lib/api-paths.ts";
import { keepLastList } from "../../lib/list-places.ts";
import { issuesQuery } from "../../lib/queries.ts";
import { useScope } from "../../lib/scope.ts";
import { keepScope, useSearchState } from "../../lib/search-state.ts";
import { useKeys } from "../../lib/use-keys.ts";
import { useTitle } from "../../lib/use-title.ts";
import { useTriage } from "../../lib/use-triage.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { IssueList, type IssueListHandle } from "./issue-list.tsx";
import { IssueTabs } from "./issue-tabs.tsx";
import { ListState } from "./list-state.tsx";
import { QueryBox } from "./query-box.tsx";
import { useCursor } from "./use-cursor.ts";

/** What should be fixed first? */
export function Issues() {
  const { project } = useScope();
  const search = useSearch();
  const [, navigate] = useLocation();
  const [params, change] = useSearchState();
  const filter: IssueFilter = {
    tab: ISSUE_TABS.find((tab) => tab === params.get("tab")) ?? "unresolved",
    query: params.get("q") ?? "",
  };
  useTitle("Issues");
  const list = useInfiniteQuery(issuesQuery(project, filter));
  const issues = useMemo(() => list.data?.pages.flatMap((page) => page.issues) ?? [], [list.data]);
  const counts = list.data?.pages[0]?.counts;
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [cursor, setCursor] = useCursor(issues);
  const handle = useRef<IssueListHandle>(null);
  const queryRef = useRef<HTMLInputElement>(null);
  const triage = useTriage(project);
  const place = `/issues${search ? `?${search}` : ""}`;

  useEffect(() => keepLastList(place), [place]);
  useEffect(() => setSelected(new Set()), [filter.tab, filter.query, project]);

  const current = issues[cursor];
  const chosen = selected.size > 0 ? issues.filter((issue) => selected.has(issue.id)) : current ? [current] : [];
  const toggle = (id: number) =>
    setSelected((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const move = (step: number) => {
    const next = Math.max(0, Math.min(issues.length - 1, cursor + step));
    setCursor(next);
    handle.current?.show(next);
  };
  const act = (command: Parameters<typeof triage>[1]) => {
    setSelected(new Set());
    void triage(chosen, command);
  };
  const open = () => current && navigate(`/issues/${current.id}${keepScope(search)}`);
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    x: () => current && toggle(current.id),
    e: () => act({ action: "resolve" }),
    m: () => act({ action: "ignore" }),
    u: () => act({ action: "reopen" }),
    o: open,
    Enter: open,
    "/": () => queryRef.current?.focus(),
    Escape: () => setSelected(new Set()),
  });

  return (
    <div className="flex h-full flex-col">
      <h1 className="sr-only">Issues</h1>
      <div className="border-b border-line bg-page px-3 pt-2 lg:px-5">
        <QueryBox
          ref={queryRef}
          key={filter.query}
          value={filter.query}
          issues={issues}
          onChange={(query) => change({ q: query || null })}
        />
        <IssueTabs
          counts={counts}
          value={filter.tab}
          onChange={(tab) => change({ tab: tab === "unresolved" ? null : tab })}
        />
      </div>
      <BulkBar
        issues={issues}
        selected={selected}
        onSelect={setSelected}
        onCommand={act}
        busy={list.isFetching && !list.isPending}
      />
      {issues.length > 0 ? (
        <IssueList
          key={place}
          ref={handle}
          place={place}
          issues={issues}
          selected={selected}
          cursor={cursor}
          onCursor={setCursor}
          onToggle={toggle}
          // Another page would end a refetch that is under way, and with it the news of what was just changed.
          onEnd={() => list.hasNextPage && !list.isFetching && void list.fetchNextPage()}
          busy={list.isFetching}
          more={list.isFetchingNextPage}
        />
      ) : (
        <ListState
          filter={filter}
          pending={list.isPending}
          error={list.error}
          onRetry={() => void list.refetch()}
          onClear={() => change({ q: null })}
        />
      )}
    </div>
  );
}
