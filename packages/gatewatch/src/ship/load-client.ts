import type { Agent, AgentOptions, request } from "node:http";

/** What is used of `node:http` and `node:https`. */
export interface NodeClient {
  Agent: new (options: AgentOptions) => Agent;
  request: typeof request;
}

/**
 * Node's client for the protocol. Loaded when it is needed and not by `import`: that reads every export, which makes Node load `fetch`
 * and `WebSocket` as well, ten times the cost of the rest.
 */
export function loadClient(protocol: string): NodeClient {
  return protocol === "https:" ? process.getBuiltinModule("node:https") : process.getBuiltinModule("node:http");
}
