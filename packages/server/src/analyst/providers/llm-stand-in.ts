import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { ModelAnswer } from "./model-answer.ts";

/** What the stand-in does with one request. */
type LlmTurn =
  | { answer: ModelAnswer }
  /** Any text in place of the answer. */
  | { text: string }
  /** Any status, headers and body. */
  | { status: number; headers?: Record<string, string>; body?: string }
  /** No answer, ever. */
  | "stall";

interface LlmRequest {
  path: string;
  headers: IncomingMessage["headers"];
  body: {
    model: string;
    messages: { role: string; content: string }[];
    system?: string;
    response_format?: { type: string };
  };
}

export interface LlmStandIn {
  /** For the Anthropic dialect. */
  anthropicUrl: string;
  /** For the OpenAI dialect. */
  openaiUrl: string;
  requests: LlmRequest[];
  /** The next turns; afterwards it answers with `writeAnswer()`. */
  script: LlmTurn[];
  waitForRequests(count: number): Promise<void>;
  close(): Promise<void>;
}

const USAGE = { input: 1200, output: 300 };

/** An answer that rests on `E1` alone, for scripts to vary. */
export function writeAnswer(patch: Partial<ModelAnswer> = {}): ModelAnswer {
  return {
    summary: "The customer of a guest's order is never set.",
    category: "system_error",
    severity: "high",
    confidence: 0.8,
    root_cause: { text: "Guests have no customer, and the price is computed from it.", evidence: ["E1"] },
    location: null,
    fix: { kind: "code", text: "Use the order's own address when there is no customer.", evidence: ["E1"] },
    notes: [],
    ...patch,
  };
}

/** Test support: a real server that speaks both dialects, and fails, stalls or talks nonsense on demand. */
export async function startLlmStandIn(): Promise<LlmStandIn> {
  const requests: LlmRequest[] = [];
  const script: LlmTurn[] = [];
  const waiting = new Set<() => void>();

  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const body = JSON.parse(text) as LlmRequest["body"];
      const path = request.url ?? "";
      requests.push({ path, headers: request.headers, body });
      for (const check of waiting) check();
      const turn = script.shift() ?? { answer: writeAnswer() };
      if (turn === "stall") return;
      if ("status" in turn) {
        response.writeHead(turn.status, { "content-type": "application/json", ...turn.headers });
        response.end(turn.body ?? '{"error":{"message":"planned"}}');
        return;
      }
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(path.endsWith("/messages") ? toAnthropic(turn) : toOpenai(turn)));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    anthropicUrl: base,
    openaiUrl: `${base}/v1`,
    requests,
    script,
    waitForRequests: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (requests.length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Spoken = Exclude<LlmTurn, "stall" | { status: number }>;

function toAnthropic(turn: Spoken): unknown {
  const content =
    "answer" in turn
      ? { type: "tool_use", id: "toolu_1", name: "report", input: turn.answer }
      : { type: "text", text: turn.text };
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    content: [content],
    stop_reason: "tool_use",
    usage: { input_tokens: USAGE.input, output_tokens: USAGE.output },
  };
}

function toOpenai(turn: Spoken): unknown {
  const content = "answer" in turn ? JSON.stringify(turn.answer) : turn.text;
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }],
    usage: { prompt_tokens: USAGE.input, completion_tokens: USAGE.output, total_tokens: USAGE.input + USAGE.output },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
