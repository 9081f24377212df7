import { styleText } from "node:util";
import type { IssueRow, LiveRequest } from "@gatewatch/protocol";
import { escapeTerminal } from "./escape-terminal.ts";

type Style = Parameters<typeof styleText>[0];
const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

function statusStyle({ status, durationMs }: LiveRequest): Style {
  // Some clients tell neither status nor duration.
  if (status === 0 && durationMs === 0) return "dim";
  if (status >= 500 || status === 0) return "red";
  if (status >= 400) return "yellow";
  return status >= 300 ? "cyan" : "green";
}

/** `14:02:11  GET  /api/users/:id  200  12 ms` */
export function formatRequest(row: LiveRequest): string {
  const time = new Date(row.time).toTimeString().slice(0, 8);
  const status = row.status === 0 ? "—" : String(row.status);
  const mark = row.issueId === null ? "" : paint("red", `  issue ${row.issueId}`);
  return `${paint("dim", time)}  ${row.method.slice(0, 7).padEnd(6)} ${escapeTerminal(row.path).slice(0, 60).padEnd(34)} ${paint(statusStyle(row), status.padStart(3))} ${row.durationMs.toFixed(0).padStart(6)} ms${mark}`;
}

/** One line for an issue that is new or has come back. */
export function formatIssue(issue: IssueRow, outcome: string): string {
  return `${paint("red", `● ${outcome} issue ${issue.id}`)}  ${escapeTerminal(issue.title)}  ${paint("dim", escapeTerminal(issue.culprit))}`;
}
