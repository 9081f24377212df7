import type { Agent } from "node:http";
import { loadClient } from "./load-client.ts";

const ownAgents = new WeakSet<object>();

/** A keep-alive agent whose idle sockets do not keep the process alive. */
export function createOwnAgent(protocol: string, maxSockets: number): Agent {
  const options = { keepAlive: true, maxSockets, maxFreeSockets: 1, timeout: 60_000 };
  const client = loadClient(protocol);
  const agent = new client.Agent(options);
  ownAgents.add(agent);
  return agent;
}

/** Whether a `ClientRequest` is one of Gatewatch's own, which must not become a breadcrumb. */
export function isOwnRequest(request: unknown): boolean {
  const agent = typeof request === "object" && request !== null && "agent" in request ? request.agent : undefined;
  return typeof agent === "object" && agent !== null && ownAgents.has(agent);
}
