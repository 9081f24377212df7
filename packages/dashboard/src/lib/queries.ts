import type {
  Analysis,
  AnomalyDetail,
  EventList,
  IssueDetail,
  IssueList,
  OverviewAnswer,
  ProtectionAnswer,
  RouteRow,
  SessionAnswer,
  StoredErrorEvent,
  StreamRow,
} from "@gatewatch/protocol";
import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from "@tanstack/react-query";
import { ApiFailure, callApi } from "./api-client.ts";
import {
  anomalyPath,
  eventPath,
  issueEventsPath,
  issuePath,
  issuesPath,
  overviewPath,
  protectionPath,
  routesPath,
  SESSION_PATH,
  streamsPath,
  type IssueFilter,
} from "./api-paths.ts";
import { readBoot } from "./boot.ts";
import type { TimeRangeId } from "./time-range.ts";

export const boot = readBoot(typeof document === "undefined" ? null : document.getElementById("boot")?.textContent);

/** Throws away what the page brought with it: the next one to sign in may be somebody else. */
export function forgetBoot(): void {
  if (boot) Object.assign(boot, { session: null, answers: {} });
}

/** The first answer of a path, if the server wrote it into the page. */
function seed<T>(path: string): { initialData: () => T | undefined; initialDataUpdatedAt: number | undefined } {
  return { initialData: () => boot?.answers[path] as T | undefined, initialDataUpdatedAt: boot?.now };
}

/** The best analysis there is, and all that were made. */
export interface AnalysisAnswer {
  analysis: Analysis | null;
  all: Analysis[];
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: true,
      retry: (count, error) => count < 2 && !(error instanceof ApiFailure && error.status >= 400 && error.status < 500),
    },
  },
});

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: Infinity,
  initialData: () => boot?.session,
  queryFn: async ({ signal }): Promise<SessionAnswer | null> => {
    try {
      return await callApi<SessionAnswer>(SESSION_PATH, { signal });
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 401) return null;
      throw error;
    }
  },
});

export function overviewQuery(project: number, range: TimeRangeId) {
  const path = overviewPath(project, range);
  return queryOptions({
    queryKey: ["overview", project, range],
    queryFn: ({ signal }) => callApi<OverviewAnswer>(path, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
    ...seed<OverviewAnswer>(path),
  });
}

export function routesQuery(project: number, range: TimeRangeId) {
  return queryOptions({
    queryKey: ["routes", project, range],
    queryFn: async ({ signal }) => {
      const answer = await callApi<{ routes: RouteRow[] }>(routesPath(project, range), { signal });
      return answer.routes;
    },
    staleTime: 60_000,
  });
}

export function issuesQuery(project: number, filter: IssueFilter) {
  const first = boot?.answers[issuesPath(project, filter, null)] as IssueList | undefined;
  return infiniteQueryOptions({
    queryKey: ["issues", project, filter],
    queryFn: ({ pageParam, signal }) => callApi<IssueList>(issuesPath(project, filter, pageParam), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
    ...(first && { initialData: { pages: [first], pageParams: [null] }, initialDataUpdatedAt: boot?.now }),
  });
}

export function issueQuery(project: number, id: number) {
  const path = issuePath(project, id);
  return queryOptions({
    queryKey: ["issue", project, id],
    queryFn: ({ signal }) => callApi<IssueDetail>(path, { signal }),
    ...seed<IssueDetail>(path),
  });
}

export function issueEventsQuery(project: number, id: number) {
  return queryOptions({
    queryKey: ["issueEvents", project, id],
    queryFn: ({ signal }) => callApi<EventList>(issueEventsPath(project, id), { signal }),
  });
}

export function eventQuery(project: number, id: string) {
  return queryOptions({
    queryKey: ["event", project, id],
    queryFn: ({ signal }) => callApi<StoredErrorEvent>(eventPath(project, id), { signal }),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

export function protectionQuery(project: number, range: TimeRangeId) {
  const path = protectionPath(project, range);
  return queryOptions({
    queryKey: ["protection", project, range],
    queryFn: ({ signal }) => callApi<ProtectionAnswer>(path, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
    ...seed<ProtectionAnswer>(path),
  });
}

export function anomalyQuery(project: number, id: number) {
  return queryOptions({
    queryKey: ["anomaly", project, id],
    queryFn: ({ signal }) => callApi<AnomalyDetail>(anomalyPath(project, id), { signal }),
    placeholderData: keepPreviousData,
  });
}

export function streamsQuery(project: number) {
  return queryOptions({
    queryKey: ["streams", project],
    queryFn: async ({ signal }) => {
      const answer = await callApi<{ streams: StreamRow[] }>(streamsPath(project), { signal });
      return answer.streams;
    },
    staleTime: 30_000,
  });
}
