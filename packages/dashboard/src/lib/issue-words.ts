import type { IssueState, Severity } from "@gatewatch/protocol";

/** How a state is named and coloured, everywhere the same. */
export const STATE_WORDS: Record<IssueState, { name: string; tone: "accent" | "bad" | "good" | "muted" }> = {
  new: { name: "New", tone: "accent" },
  ongoing: { name: "Ongoing", tone: "muted" },
  regressed: { name: "Regressed", tone: "bad" },
  resolved: { name: "Resolved", tone: "good" },
  ignored: { name: "Ignored", tone: "muted" },
};

export const SEVERITY_WORDS: Record<Severity, { name: string; tone: "bad" | "warn" | "muted" }> = {
  critical: { name: "Critical", tone: "bad" },
  high: { name: "High", tone: "bad" },
  medium: { name: "Medium", tone: "warn" },
  low: { name: "Low", tone: "muted" },
};

/** Colour of the bar at a row's edge. */
export const LEVEL_COLORS: Record<"fatal" | "error" | "warning", string> = {
  fatal: "bg-violet",
  error: "bg-bad",
  warning: "bg-warn",
};
