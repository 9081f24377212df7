import type { Json } from "@gatewatch/protocol";
import type { CerberusFacts } from "@gatewatch/protocol/cerberus-event";

interface CallFacts {
  /** Epoch milliseconds. @default now */
  time?: number;
  latencyMs?: number;
  status?: number;
  userId?: string;
  customData?: Record<string, Json>;
  /** Sent redacted, like all else; leave it out where it is nobody's business. */
  body?: Json;
  /** The same for the answer. */
  responseBody?: Json;
}

/** A call of a language model. */
export interface LlmCall extends CallFacts {
  provider: string;
  model: string;
  /** @default "llm_call" */
  method?: string;
}

/** A call of an MCP server's tool, resource or prompt. */
export interface McpCall extends CallFacts {
  server: string;
  handler: string;
  /** @default "mcp_tool_call" */
  method?: string;
}

/** What an app tells the Cerberus backend by itself. */
export interface CerberusCalls {
  llm(call: LlmCall): void;
  mcp(call: McpCall): void;
}

export function createCerberusCalls(take: (facts: CerberusFacts) => void): CerberusCalls {
  const name = (text: unknown): string => encodeURIComponent(String(text).slice(0, 256).toWellFormed());
  return {
    llm: ({ provider, model, method = "llm_call", time = Date.now(), ...facts }) =>
      take({ ...facts, endpoint: `llm://${name(provider)}/${name(model)}`, scheme: "llm", method, time }),
    mcp: ({ server, handler, method = "mcp_tool_call", time = Date.now(), ...facts }) =>
      take({ ...facts, endpoint: `mcp://${name(server)}/${name(handler)}`, scheme: "mcp", method, time }),
  };
}
