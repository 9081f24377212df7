import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";

const ownAgents = new WeakSet<object>();

/** A keep-alive agent whose idle sockets do not keep the process alive. */
export function createOwnAgent(protocol: string, maxSockets: number): HttpAgent {
  const options = { keepAlive: true, maxSockets, maxFreeSockets: 1, timeout: 60_000 };
  const agent = protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  ownAgents.add(agent);
  return agent;
}

/** Whether a `ClientRequest` is one of Gatewatch's own, which must not become a breadcrumb. */
export function isOwnRequest(request: unknown): boolean {
  const agent = typeof request === "object" && request !== null && "agent" in request ? request.agent : undefined;
  return typeof agent === "object" && agent !== null && ownAgents.has(agent);
}
