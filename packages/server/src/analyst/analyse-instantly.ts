import type { ErrorEvent } from "@gatewatch/protocol";
import type { InstantAnalysis } from "../model/instant-analysis.ts";
import { routeEvent } from "./route-event.ts";
import { analyseByRules } from "./rules/analyse-by-rules.ts";

/** The analysis of one event alone, made within the request that brings it. `isMoreToCome`: a model will be asked later. */
export function analyseInstantly(event: ErrorEvent, isMoreToCome: boolean = false): InstantAnalysis {
  const facts = {
    issueId: 0,
    title: "",
    events: 1,
    users: 0,
    firstRelease: null,
    release: null,
    releases: [],
    routes: [],
    shares: [],
    regressed: false,
  };
  const analysis = analyseByRules(event, facts, event.time);
  const { category, severity } = analysis;
  const { action, priority } = routeEvent(category, severity);
  return {
    status: isMoreToCome ? "preliminary" : "complete",
    severity,
    category,
    confidence: analysis.confidence,
    root_cause: analysis.rootCause.text,
    suggested_fix: analysis.fix.text,
    reasoning: analysis.notes.map(({ text }) => text).join(" "),
    action,
    priority,
  };
}
