import { randomUUID } from "node:crypto";
import type { Attributes, ErrorEvent, GatewatchEvent, Json, NativeBatch } from "@gatewatch/protocol";
import type { PlantedSecret } from "../../packages/protocol/src/redact/secret-corpus.ts";

/** One event for each secret, in its place, as a client would send it that redacts nothing; each an issue of its own. */
export function plantInEvent(planted: PlantedSecret, number: number): ErrorEvent {
  const frame = { file: `src/plant-${number}.js`, function: `plant${number}`, line: 3, column: 1, inApp: true };
  const exception = { type: "PlantedError", message: `planted in a ${planted.place}`, frames: [frame] };
  const request = { method: "POST", url: "/plant", headers: {}, query: {} };
  const event: ErrorEvent = {
    type: "error",
    id: randomUUID(),
    time: Date.now(),
    level: "error",
    handled: false,
    mechanism: "throw",
    exceptions: [exception],
    request,
  };
  switch (planted.place) {
    case "header":
    case "cookie":
      return { ...event, request: { ...request, headers: { [planted.name]: planted.value } } };
    case "query": {
      const search = new URLSearchParams({ page: "1", [planted.name]: planted.value });
      return {
        ...event,
        request: { ...request, url: `/plant?${search}`, query: { page: "1", [planted.name]: [planted.value] } },
      };
    }
    case "body":
      return { ...event, request: { ...request, body: planted.body } };
    case "message":
      return { ...event, exceptions: [{ ...exception, message: planted.text }] };
    case "source": {
      const context = { pre: ["function plant() {"], line: planted.text, post: ["}"] };
      return { ...event, exceptions: [{ ...exception, frames: [{ ...frame, context }] }] };
    }
    case "breadcrumb": {
      const { message, data } = planted;
      return { ...event, breadcrumbs: [{ time: event.time, category: "custom", message, data }] };
    }
    default:
      return planted satisfies never;
  }
}

/** The same secrets in what is not an error: paths, logs, attributes. */
export function plantBesideErrors(planted: PlantedSecret): GatewatchEvent[] {
  const time = Date.now();
  switch (planted.place) {
    case "query": {
      const search = new URLSearchParams({ [planted.name]: planted.value });
      return [{ type: "request", time, method: "GET", path: `/plant?${search}`, status: 200, durationMs: 1 }];
    }
    case "message":
      return [{ type: "log", time, level: "info", message: planted.text }];
    case "body":
      return [{ type: "custom", time, name: "planted", attributes: { plant: planted.body } }];
    case "breadcrumb":
      return [{ type: "metric", time, name: "planted", kind: "counter", value: 1, attributes: planted.data }];
    default:
      return [];
  }
}

/** The same as the agent API takes it. */
export function plantInReport(planted: PlantedSecret, number: number): Record<string, Json> {
  const source = planted.place === "source" ? planted.text.trim() : "raise PlantedError()";
  const message = planted.place === "message" ? planted.text : `planted in a ${planted.place}`;
  const request: Attributes = { path: "/plant", method: "POST", query_params: {} };
  const report: Record<string, Json> = {
    timestamp: new Date().toISOString().slice(0, -1),
    environment: "test",
    request,
  };
  if (planted.place === "header" || planted.place === "cookie") report["headers"] = { [planted.name]: planted.value };
  if (planted.place === "query") request["query_params"] = { [planted.name]: [planted.value] };
  if (planted.place === "breadcrumb")
    report["custom"] = { breadcrumbs: [{ message: planted.message, data: planted.data }] };
  if (planted.place === "body")
    report["request_body"] = typeof planted.body === "string" ? planted.body : JSON.stringify(planted.body);
  report["exception"] = {
    type: "PlantedError",
    message,
    module: "shop.errors",
    traceback: `Traceback (most recent call last):\n  File "/srv/shop/plant_${number}.py", line 3, in plant_${number}\n    ${source}\nshop.errors.PlantedError: ${message}\n`,
  };
  return report;
}

/** Splits events into batches that the server takes. */
export function toBatches(events: readonly GatewatchEvent[], size = 200): NativeBatch[] {
  return Array.from({ length: Math.ceil(events.length / size) }, (_, index) => ({
    batch: `01900000-0000-7000-8000-${randomUUID().slice(-12)}`,
    sentAt: Date.now(),
    events: events.slice(index * size, (index + 1) * size),
  }));
}
