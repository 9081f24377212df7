import type { FastifyInstance } from "fastify";
import type { AnalysisCategory, Json, Severity } from "@gatewatch/protocol";
import type { AgentAction } from "../../model/instant-analysis.ts";
import { addIntakeRoute, ANY_TYPE } from "../add-intake-route.ts";
import { admitBearer, type IntakeClient } from "../admit-client.ts";
import { formatBatchId } from "../batch-id.ts";
import { isFields } from "../field-source.ts";
import type { IntakeDeps } from "../intake-deps.ts";
import type { IntakeParts } from "../language.ts";
import { readStoredAction, readStoredError } from "./create-agent-decoders.ts";
import {
  AGENT_BODIES,
  checkFields,
  contextOf,
  findFieldProblems,
  MAX_AGENT_BYTES,
  parseAgentBody,
} from "./read-agent-body.ts";
import { sendAgentFailures } from "./send-agent-failures.ts";

type Fields = Record<string, unknown>;
type Handler = (body: Buffer, client: IntakeClient) => Promise<unknown>;

/** Agents are mounted at the root in code, and under `/agent` in their documents. */
const PREFIXES = ["", "/agent"] as const;
const ACTIONS = new Set<string>(["log_only", "notify_admin", "trigger_workflow", "escalate"]);

/** The steps that an agent takes one by one: analyse, decide, execute; and the check of a payload. */
export function addAgentRoutes(scope: FastifyInstance, { deps, receiver }: IntakeParts): void {
  sendAgentFailures(scope, deps);

  const handlers: Record<string, Handler> = {
    async "analyze-event"(body, client) {
      const { context } = parseAgentBody(body);
      const { decoded } = await receiver.receive("agentEvent", body, client);
      const event = readStoredError(decoded);
      const judged = deps.agent.judgeError(event);
      const decision = await deps.agent.decide(client.projectId, judged, contextOf(context));
      const { confidence, reasoning } = judged;
      return { ...decision, metadata: { ...decision.metadata, event_id: event.id, confidence, reasoning } };
    },

    async "decide-action"(body, client) {
      const fields = parseAgentBody(body);
      const judged = judge(fields, deps);
      return deps.agent.decide(client.projectId, judged, contextOf(fields["context"]));
    },

    async "execute-action"(body, client) {
      const startedAt = performance.now();
      const { action } = parseAgentBody(body);
      const answer = (success: boolean, message: string, details: Record<string, Json>) => ({
        success,
        action: action as Json,
        message,
        execution_time: Math.round(performance.now() - startedAt) / 1000,
        details,
      });
      if (typeof action === "string" && action !== "" && !ACTIONS.has(action))
        return answer(false, `Unknown action; expected one of ${[...ACTIONS].join(", ")}.`, {});
      const { decoded } = await receiver.receive("agentAction", body, client);
      const known = action as AgentAction;
      const eventId = formatBatchId(decoded.batchId);
      if (known === "log_only") return answer(true, "It is recorded.", { event_id: eventId });
      const outcome = await deps.agent.execute({
        id: eventId,
        projectId: client.projectId,
        action: known,
        metadata: readStoredAction(decoded),
        at: deps.now(),
      });
      return answer(outcome.success, outcome.message, { ...outcome.details, event_id: eventId });
    },

    async "validate-payload"(body) {
      const fields = parseAgentBody(body);
      checkFields(fields, AGENT_BODIES.validatePayload);
      return validate(fields["payload"]);
    },
  };

  for (const prefix of PREFIXES) {
    for (const [name, handle] of Object.entries(handlers)) {
      addIntakeRoute(scope, deps, {
        url: `${prefix}/${name}`,
        bodyLimit: MAX_AGENT_BYTES,
        accepts: ANY_TYPE,
        admit: (request) => admitBearer(request, deps),
        handle: (body, _request, client) => handle(body, client),
      });
    }
    for (const url of [`${prefix}/health`, `${prefix}/health/`]) scope.get(url, async () => ({ status: "healthy" }));
  }
}

/** As it was judged before; a request that brings the event instead has it judged by its words. */
function judge(fields: Fields, deps: IntakeDeps): { category: AnalysisCategory; severity: Severity } {
  const { category, severity, message } = fields;
  if (category === undefined && severity === undefined && typeof message === "string" && message !== "")
    return deps.agent.judgeMessage(message);
  checkFields(fields, AGENT_BODIES.decideAction);
  return { category: category as AnalysisCategory, severity: severity as Severity };
}

/** Whether `analyze-event` would take it. */
function validate(payload: unknown): {
  is_valid: boolean;
  message: string;
  missing_fields: string[];
  invalid_fields: string[];
} {
  if (!isFields(payload))
    return { is_valid: false, message: "The payload is no object.", missing_fields: [], invalid_fields: ["payload"] };
  const problems = findFieldProblems(payload, AGENT_BODIES.analyseEvent);
  if (problems === undefined)
    return { is_valid: true, message: "The payload is valid.", missing_fields: [], invalid_fields: [] };
  const names = Object.keys(problems.details);
  return {
    is_valid: false,
    message: `The payload is not valid: ${names.join(", ")}.`,
    missing_fields: problems.missing,
    invalid_fields: names.filter((name) => !problems.missing.includes(name)),
  };
}
