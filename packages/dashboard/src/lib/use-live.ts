import type { IssueDetail, IssueList, IssueRow } from "@gatewatch/protocol";
import { useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { announce } from "./announce.ts";
import { joinLive } from "./live-hub.ts";
import { clearLive, recordLive, setLink } from "./live-store.ts";
import { createKeyThrottle } from "./throttle-keys.ts";
import { applyRow } from "./triage.ts";

const QUERY_GAP_MS = 1000;
const OVERVIEW_GAP_MS = 5000;

/** An issue that merely goes on needs no question to the server: its new figures are in the notice. */
function showRow(client: QueryClient, project: number, row: IssueRow): void {
  client.setQueriesData<InfiniteData<IssueList>>(
    { queryKey: ["issues", project] },
    (old) => old && { ...old, pages: old.pages.map((page) => applyRow(page, row)) },
  );
  client.setQueryData<IssueDetail>(["issue", project, row.id], (old) => old && { ...old, ...row });
}

/** Follows the project's stream for as long as the frame stands, and lets its notices refresh what is on the screen. */
export function useLive(project: number): void {
  const client = useQueryClient();
  useEffect(() => {
    clearLive();
    const timers = new Set<number>();
    const setTimer = (run: () => void, ms: number) => {
      const timer = window.setTimeout(() => {
        timers.delete(timer);
        run();
      }, ms);
      timers.add(timer);
    };
    const soon = createKeyThrottle(QUERY_GAP_MS, Date.now, setTimer);
    const later = createKeyThrottle(OVERVIEW_GAP_MS, Date.now, setTimer);
    const invalidate = (...key: unknown[]) => void client.invalidateQueries({ queryKey: key });
    let wasOpen = false;
    let lost = false;
    const leave = joinLive(project, {
      onState: (state) => {
        setLink(state);
        if (state === "reconnecting") {
          lost ||= wasOpen;
          // A stream does not say why it ended; a session that is over must show the door.
          invalidate("session");
        }
        if (state !== "open") return;
        // What happened while the line was down was told to nobody.
        if (lost) for (const name of ["issues", "issue", "overview"]) invalidate(name, project);
        wasOpen = true;
        lost = false;
      },
      onMessage: (message) => {
        recordLive(message);
        switch (message.type) {
          case "issue":
            showRow(client, project, message.issue);
            later(`events ${message.issue.id}`, () => invalidate("issueEvents", project, message.issue.id));
            later("overview", () => invalidate("overview", project));
            if (message.outcome === "ongoing") break;
            soon("issues", () => invalidate("issues", project));
            soon(`issue ${message.issue.id}`, () => invalidate("issue", project, message.issue.id));
            if (message.outcome === "new") announce(`New issue: ${message.issue.title}`);
            if (message.outcome === "regressed") announce(`Issue is back: ${message.issue.title}`);
            break;
          case "analysis":
            soon(`issue ${message.issueId}`, () => invalidate("issue", project, message.issueId));
            break;
          case "requests":
            later("overview", () => invalidate("overview", project));
            break;
          case "tick":
            break;
        }
      },
    });
    return () => {
      leave();
      for (const timer of timers) clearTimeout(timer);
    };
  }, [client, project]);
}
