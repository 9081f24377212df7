import type { AgentAnalysis } from "./intake-deps.ts";

/** Well within the five seconds that clients of the agent API wait. */
const DEADLINE_MS = 3_000;

/** Said when the rules fail or are late: the error is stored all the same. */
const NO_ANALYSIS: AgentAnalysis = {
  status: "preliminary",
  severity: "low",
  category: "ignorable",
  confidence: 0,
  root_cause: "Not analysed yet.",
  suggested_fix: "See the issue on the dashboard.",
  reasoning: "The error is stored; no rule has spoken about it in time.",
  action: "log_only",
  priority: 5,
  fingerprint: "",
  similar_count: 0,
};

/** The instant analysis, or a plain word that there is none; never rejects and never takes longer than three seconds. */
export async function analyseWithin(
  analyse: () => AgentAnalysis | Promise<AgentAnalysis>,
  reportFailure: (error: unknown) => void,
): Promise<AgentAnalysis> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<AgentAnalysis>((resolve) => {
    timer = setTimeout(() => resolve(NO_ANALYSIS), DEADLINE_MS);
  });
  try {
    return await Promise.race([analyse(), late]);
  } catch (error) {
    reportFailure(error);
    return NO_ANALYSIS;
  } finally {
    clearTimeout(timer);
  }
}
