import { raiseAgentAlert } from "./alerts/raise-agent-alert.ts";
import { decideAgentAction } from "./analyst/decide-agent-action.ts";
import { judgeError, judgeMessage } from "./analyst/judge-for-agent.ts";
import type { Log } from "./log.ts";
import type { AgentVerbs } from "./model/agent.ts";
import { AGENT_RULES_SETTING, type AgentRules, parseAgentRules } from "./model/agent-rules.ts";
import type { Store } from "./model/store.ts";

export interface AgentParts {
  store: Store;
  log: Log;
  publicUrl: string | null;
  onAlerts(): void;
  /** Turns failures of the store into errors of the API. */
  askStore<T>(question: Promise<T>): Promise<T>;
}

/** What the agent API asks of analyst, alerts and settings. */
export function makeAgentVerbs({ store, log, publicUrl, onAlerts, askStore }: AgentParts): AgentVerbs {
  const told = new Map<number, string>();

  /** What is wrong with a project's rules is logged once, until it is something else. */
  function warn(projectId: number, { problems }: AgentRules): void {
    const text = problems.join("; ");
    if ((told.get(projectId) ?? "") === text) return;
    told.set(projectId, text);
    if (text !== "") log("warn", "Some rules for agents are skipped.", { projectId, problems: text });
  }

  return {
    judgeMessage,
    judgeError,
    async decide(projectId, judged, context) {
      const project = await askStore(store.control.getProject(projectId));
      const rules = parseAgentRules(project?.settings[AGENT_RULES_SETTING]);
      warn(projectId, rules);
      return decideAgentAction(judged, rules, context);
    },
    async execute(order) {
      const outcome = await askStore(raiseAgentAlert(store, order, publicUrl));
      onAlerts();
      return outcome;
    },
  };
}
