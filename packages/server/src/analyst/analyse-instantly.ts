import type { ErrorEvent } from "@gatewatch/protocol";
import type { InstantAnalysis } from "../model/instant-analysis.ts";
import { tryJudgeByKeywords } from "./keyword-rules.ts";
import { routeEvent } from "./route-event.ts";
import { analyseByRules, UNKNOWN_CONFIDENCE } from "./rules/analyse-by-rules.ts";

/**
 * The analysis of one event alone, made within the request that brings it. An error that the catalogue does not know is judged by the
 * words of its message, as clients of the agent API expect; one without such a word stays an error of the system, never ignorable.
 * `isMoreToCome`: a model will be asked later.
 */
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
    spread: null,
    regressed: false,
  };
  const analysis = analyseByRules(event, facts, event.time);
  const message = event.exceptions[0]?.message ?? "";
  const words = analysis.confidence > UNKNOWN_CONFIDENCE ? undefined : tryJudgeByKeywords(message);
  const category = words?.category ?? analysis.category;
  const severity = analysis.severity === "critical" ? "critical" : (words?.severity ?? analysis.severity);
  const { action, priority } = routeEvent(category, severity);
  return {
    status: isMoreToCome ? "preliminary" : "complete",
    severity,
    category,
    confidence: words?.confidence ?? analysis.confidence,
    root_cause: analysis.rootCause.text,
    suggested_fix: analysis.fix.text,
    reasoning: words?.reasoning ?? analysis.notes.map(({ text }) => text).join(" "),
    action,
    priority,
  };
}
