import type { IssueCommand, IssueDetail, IssueList, IssueRow } from "@gatewatch/protocol";
import { useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { callApi } from "./api-client.ts";
import { issuePath, type IssueFilter } from "./api-paths.ts";
import { showToast } from "./toasts.ts";
import { applyTriage, describeCommand, describeUndo, nextState, undoCommand } from "./triage.ts";

const AT_ONCE = 6;

type Pages = InfiniteData<IssueList, string | null>;

/** Changes the state of issues: seen at once, taken back in sight if the server refuses, and undone by one press. */
export function useTriage(project: number): (issues: IssueRow[], command: IssueCommand) => Promise<void> {
  const client = useQueryClient();
  return useCallback(
    async (issues, command) => {
      if (issues.length === 0) return;
      await client.cancelQueries({ queryKey: ["issues", project] });
      const restore = patchCaches(client, project, new Set(issues.map((issue) => issue.id)), command);
      const failures = await sendAll(
        issues.map((issue) => () => callApi(issuePath(project, issue.id), { method: "PATCH", body: command })),
      );
      if (failures.length > 0) {
        restore();
        showToast({
          tone: "bad",
          text: `${failures.length === issues.length ? "Not done" : `${failures.length} not done`}, taken back: ${failures[0]}`,
          action: { name: "Try again", run: () => void send(client, project, issues, command) },
        });
      } else {
        showToast({
          tone: "plain",
          text: describeCommand(command, issues.length),
          action: { name: "Undo", run: () => void undo(client, project, issues) },
        });
      }
      await refresh(client, project);
    },
    [client, project],
  );
}

async function send(client: QueryClient, project: number, issues: IssueRow[], command: IssueCommand): Promise<void> {
  const failures = await sendAll(
    issues.map((issue) => () => callApi(issuePath(project, issue.id), { method: "PATCH", body: command })),
  );
  showToast(
    failures[0] === undefined
      ? { tone: "plain", text: describeCommand(command, issues.length) }
      : { tone: "bad", text: `Still not done: ${failures[0]}` },
  );
  await refresh(client, project);
}

async function undo(client: QueryClient, project: number, issues: IssueRow[]): Promise<void> {
  const failures = await sendAll(
    issues.map(
      (issue) => () => callApi(issuePath(project, issue.id), { method: "PATCH", body: undoCommand(issue.state) }),
    ),
  );
  showToast(
    failures[0] === undefined
      ? { tone: "plain", text: describeUndo(issues, Date.now()) }
      : { tone: "bad", text: `Could not be undone: ${failures[0]}` },
  );
  await refresh(client, project);
}

function refresh(client: QueryClient, project: number): Promise<unknown> {
  return Promise.all(
    ["issues", "issue", "overview"].map((name) => client.invalidateQueries({ queryKey: [name, project] })),
  );
}

/** Shows the change everywhere at once; returns the way back. */
function patchCaches(client: QueryClient, project: number, ids: Set<number>, command: IssueCommand): () => void {
  const state = nextState(command);
  const before = [
    ...client.getQueriesData({ queryKey: ["issues", project] }),
    ...[...ids].map((id) => [["issue", project, id], client.getQueryData(["issue", project, id])] as const),
  ];
  for (const [key] of client.getQueriesData<Pages>({ queryKey: ["issues", project] })) {
    const filter = key[2] as IssueFilter;
    client.setQueryData<Pages>(
      key,
      (old) => old && { ...old, pages: old.pages.map((page) => applyTriage(page, filter.tab, ids, state)) },
    );
  }
  for (const id of ids) {
    client.setQueryData<IssueDetail>(["issue", project, id], (old) => old && { ...old, state });
  }
  return () => {
    for (const [key, data] of before) client.setQueryData(key, data);
  };
}

/** Runs the calls, a few at a time, and returns the reasons of those that failed. */
async function sendAll(calls: (() => Promise<unknown>)[]): Promise<string[]> {
  const failures: string[] = [];
  for (let start = 0; start < calls.length; start += AT_ONCE) {
    const results = await Promise.allSettled(calls.slice(start, start + AT_ONCE).map((call) => call()));
    for (const result of results) {
      if (result.status === "rejected") {
        failures.push(result.reason instanceof Error ? result.reason.message : String(result.reason));
      }
    }
  }
  return failures;
}
