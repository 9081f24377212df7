import { expect, test } from "vitest";
import type { AgentOrder } from "../model/agent.ts";
import type { ChannelRecord, ControlStore } from "../model/store.ts";
import { readAlert } from "./deliver-alert.ts";
import { createMemoryOutbox } from "./memory-outbox.ts";
import { raiseAgentAlert } from "./raise-agent-alert.ts";

const channel = (id: number, kind: string, enabled = true): ChannelRecord => ({
  id,
  kind,
  name: kind,
  enabled,
  config: {},
  lastSuccessAt: null,
  lastFailureAt: null,
  lastFailure: null,
});
const ORDER: AgentOrder = {
  id: "o1",
  projectId: 1,
  action: "notify_admin",
  at: 1000,
  metadata: { category: "system_error", severity: "high", original_context: { message: "the till is locked" } },
};

function open(channels: ChannelRecord[]) {
  const { store, rows } = createMemoryOutbox(channels);
  const control: ControlStore = { ...store.control, getProject: async () => null };
  return {
    raise: (patch: Partial<AgentOrder> = {}) => raiseAgentAlert({ ...store, control }, { ...ORDER, ...patch }, null),
    alerts: () => [...rows.values()].map((row) => ({ channel: row.channelId, ...readAlert(row).agent })),
  };
}

test("people are told by every channel that is on", async () => {
  const { raise, alerts } = open([channel(1, "slack"), channel(2, "webhook"), channel(3, "slack", false)]);
  expect(await raise()).toEqual({
    success: true,
    message: "The notice is on its way to 2 channels.",
    details: { channels: ["slack", "webhook"] },
  });
  expect(alerts()).toEqual([
    expect.objectContaining({ channel: 1, action: "notify_admin", message: "the till is locked", workflow: null }),
    expect.objectContaining({ channel: 2, severity: "high", category: "system_error" }),
  ]);
});

test("the same order is carried out once", async () => {
  const { raise, alerts } = open([channel(1, "slack")]);
  await raise({ action: "escalate", metadata: { message: "now" } });
  await raise({ action: "escalate", metadata: { message: "now" } });
  expect(alerts()).toHaveLength(1);
});

test("a flood of orders does not fill the outbox without end: later ones are refused until it has emptied", async () => {
  const { raise, alerts } = open(Array.from({ length: 2_500 }, (_, id) => channel(id, "slack")));
  for (const id of ["o1", "o2", "o3", "o4"]) expect(await raise({ id })).toMatchObject({ success: true });
  expect(await raise({ id: "late" })).toMatchObject({
    success: false,
    message: "10000 messages wait for their channels already. Send the same order again later.",
  });
  expect(alerts()).toHaveLength(10_000);
});

test("workflows go to webhooks alone", async () => {
  const { raise, alerts } = open([channel(1, "slack"), channel(2, "webhook")]);
  expect(await raise({ action: "trigger_workflow", metadata: { workflow_type: "system_recovery" } })).toMatchObject({
    success: true,
    details: { channels: ["webhook"], workflow_type: "system_recovery" },
  });
  expect(alerts()).toEqual([expect.objectContaining({ channel: 2, workflow: "system_recovery" })]);
});

test("where nobody listens, nothing is promised", async () => {
  const { raise, alerts } = open([channel(1, "slack", false)]);
  expect(await raise()).toMatchObject({ success: false, message: expect.stringContaining("No channel") as string });
  expect(await raise({ action: "trigger_workflow" })).toMatchObject({
    success: false,
    message: expect.stringContaining("No webhook") as string,
    details: { channels: [], workflow_type: "generic_handler" },
  });
  expect(alerts()).toEqual([]);
});
