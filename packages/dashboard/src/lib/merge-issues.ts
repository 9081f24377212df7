import type { IssueDetail } from "@gatewatch/protocol";
import type { QueryClient } from "@tanstack/react-query";
import { callApi } from "./api-client.ts";
import { issueMergePath, issuePath, issueSplitPath } from "./api-paths.ts";
import { formatPlural } from "./format.ts";
import { showToast } from "./toasts.ts";

/** Beyond so many, reading what each brings would cost more than an undo is worth. */
const MAX_UNDONE = 20;

interface Merge {
  project: number;
  into: { id: number; title: string };
  from: number[];
}

/** Puts issues into one, says which stays, and offers the way back. */
export async function mergeIssues(client: QueryClient, { project, into, from }: Merge): Promise<void> {
  try {
    const parts = from.length <= MAX_UNDONE ? await readParts(project, from) : [];
    await callApi(issueMergePath(project, into.id), { method: "POST", body: { from } });
    for (const id of from) client.removeQueries({ queryKey: ["issue", project, id] });
    showToast({
      tone: "plain",
      text: `${from.length === 1 ? "Merged" : `${formatPlural(from.length, "issue")} merged`} into “${clip(into.title)}”`,
      ...(parts.length > 0 && { action: { name: "Undo", run: () => void splitBack(client, project, into.id, parts) } }),
    });
  } catch (error) {
    showToast({ tone: "bad", text: `Not merged: ${error instanceof Error ? error.message : "unknown reason"}` });
  }
  await refresh(client, project);
}

/** The hashes of each issue that will come in; a merge moves them, and a split of the same ones takes it back. */
async function readParts(project: number, ids: number[]): Promise<number[][]> {
  const issues = await Promise.all(ids.map((id) => callApi<IssueDetail>(issuePath(project, id))));
  return issues.map((issue) => issue.hashes.map((hash) => hash.id));
}

async function splitBack(client: QueryClient, project: number, id: number, parts: number[][]): Promise<void> {
  try {
    const made: number[] = [];
    for (const hashIds of parts) {
      const issue = await callApi<IssueDetail>(issueSplitPath(project, id), { method: "POST", body: { hashIds } });
      made.push(issue.id);
    }
    showToast({ tone: "plain", text: `Undone; apart again as ${made.map((number) => `issue ${number}`).join(", ")}` });
  } catch (error) {
    showToast({
      tone: "bad",
      text: `Could not be undone: ${error instanceof Error ? error.message : "unknown reason"}`,
    });
  }
  await refresh(client, project);
}

function refresh(client: QueryClient, project: number): Promise<unknown> {
  return Promise.all(
    ["issue", "issues", "issueEvents", "overview"].map((name) =>
      client.invalidateQueries({ queryKey: [name, project] }),
    ),
  );
}

function clip(title: string): string {
  return title.length > 60 ? `${title.slice(0, 59)}…` : title;
}
