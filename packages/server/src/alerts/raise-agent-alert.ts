import type { Attributes, Json } from "@gatewatch/protocol";
import type { AgentOrder, AgentOutcome } from "../model/agent.ts";
import type { Alert } from "../model/alert.ts";
import type { Store } from "../model/store.ts";
import { toOutboxRow } from "./build-alert.ts";
import { webhookChannel } from "./channels/webhook.ts";

const MAX_TEXT_CHARACTERS = 500;
/** Agents may order as fast as they can send, channels take one message a second at most. */
const MAX_WAITING = 10_000;
const GENERIC_WORKFLOW = "generic_handler";
/** Where agents write what it is about. */
const MESSAGE_NAMES = ["message", "reason", "description", "error_type", "title"];

/** Carries an agent's order out: an alert for every channel, or the start of a workflow for every webhook, in the outbox. */
export async function raiseAgentAlert(
  store: Pick<Store, "control" | "outbox">,
  order: AgentOrder,
  publicUrl: string | null,
): Promise<AgentOutcome> {
  const isWorkflow = order.action === "trigger_workflow";
  const enabled = (await store.control.listChannels()).filter((channel) => channel.enabled);
  const channels = isWorkflow ? enabled.filter(({ kind }) => kind === webhookChannel.name) : enabled;
  const workflow = isWorkflow ? (textOf(order.metadata["workflow_type"]) ?? GENERIC_WORKFLOW) : null;
  const details: Record<string, Json> = { channels: channels.map(({ kind }) => kind) };
  if (workflow !== null) details["workflow_type"] = workflow;
  if (channels.length === 0) return { success: false, message: explainNobody(isWorkflow), details };
  const { waiting } = await store.outbox.counts();
  if (waiting + channels.length > MAX_WAITING) {
    const message = `${waiting} messages wait for their channels already. Send the same order again later.`;
    return { success: false, message, details };
  }
  const project = await store.control.getProject(order.projectId);
  const alert: Alert = {
    id: order.id,
    projectId: order.projectId,
    projectName: project?.name ?? `project ${order.projectId}`,
    rule: { id: 0, name: "Agent", kind: "agent" },
    at: order.at,
    issue: null,
    count: null,
    agent: {
      action: order.action,
      message: findMessage(order.metadata) ?? "no message was given",
      category: textOf(order.metadata["category"]),
      severity: textOf(order.metadata["severity"]),
      workflow,
    },
    request: null,
    cause: null,
    link: publicUrl,
  };
  await store.outbox.add(channels.map(({ id }) => toOutboxRow(alert, id)));
  return { success: true, message: describeDone(order.action, workflow, channels.length), details };
}

function explainNobody(isWorkflow: boolean): string {
  return isWorkflow
    ? "No webhook is configured: add a channel of the kind webhook."
    : "No channel is configured that could tell anybody.";
}

function describeDone(action: string, workflow: string | null, count: number): string {
  const where = count === 1 ? "1 channel" : `${count} channels`;
  if (workflow !== null) return `The workflow ${workflow} is on its way to ${where}.`;
  return `${action === "escalate" ? "The escalation" : "The notice"} is on its way to ${where}.`;
}

/** In the metadata itself, else in the event that it was made of. */
function findMessage(metadata: Attributes): string | null {
  const original = metadata["original_context"];
  const places = [
    metadata,
    ...(typeof original === "object" && original !== null && !Array.isArray(original) ? [original] : []),
  ];
  for (const place of places)
    for (const name of MESSAGE_NAMES) {
      const text = textOf(place[name]);
      if (text !== null) return text;
    }
  return null;
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value.slice(0, MAX_TEXT_CHARACTERS) : null;
}
