import type { MonitorRow } from "@gatewatch/protocol";
import { Type } from "typebox";
import { ApiError } from "../../model/api-error.ts";
import type { MonitorRecord } from "../../model/client-records.ts";
import { isDown } from "../../model/is-down.ts";
import { defineRoute } from "../route.ts";
import { MonitorListSchema } from "../schemas/client-schemas.ts";

const read = { scope: "project", action: "read" } as const;
const OneMonitor = Type.Object({ slug: Type.String({ minLength: 1, maxLength: 200 }) });

export const listMonitors = defineRoute({
  method: "GET",
  path: "/api/monitors",
  id: "listMonitors",
  summary: "Scheduled jobs that report their runs, by name and environment",
  access: read,
  answer: MonitorListSchema,
  async handler({ project }, deps) {
    return { body: { monitors: (await deps.store.clients.listMonitors(project.id)).map(toMonitorRow) } };
  },
});

export const getMonitor = defineRoute({
  method: "GET",
  path: "/api/monitors/:slug",
  id: "getMonitor",
  summary: "One scheduled job in each of its environments",
  access: read,
  params: OneMonitor,
  answer: MonitorListSchema,
  async handler({ params, project }, deps) {
    const all = await deps.store.clients.listMonitors(project.id);
    const monitors = all.filter(({ slug }) => slug === params.slug).map(toMonitorRow);
    if (monitors.length === 0) throw noMonitor();
    return { body: { monitors } };
  },
});

export const deleteMonitor = defineRoute({
  method: "DELETE",
  path: "/api/monitors/:slug",
  id: "deleteMonitor",
  summary: "Forget a scheduled job; its issues stay, and its next run is that of a new one",
  access: { scope: "project", action: "manage" },
  params: OneMonitor,
  async handler({ params, project }, deps) {
    if (!(await deps.store.clients.deleteMonitor(project.id, params.slug))) throw noMonitor();
    return {};
  },
});

function toMonitorRow(monitor: MonitorRecord): MonitorRow {
  const { projectId: _projectId, checkInId: _checkInId, dueAt: _dueAt, ...row } = monitor;
  return { ...row, down: isDown(monitor) };
}

function noMonitor(): ApiError {
  return new ApiError("not_found", "There is no such monitor in this project.");
}
