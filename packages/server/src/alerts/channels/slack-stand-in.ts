import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Block {
  type?: unknown;
  text?: { text?: unknown };
}

/** What a message to the stand-in looked like. */
interface ReceivedSlackMessage {
  text: string;
  blocks: Block[];
  attachments: { color?: string; fields?: { title: string; value: string; short: boolean }[] }[];
}

export interface SlackStandIn {
  /** Address to configure as webhook. */
  url: string;
  /** Messages that were accepted, in order. */
  messages: ReceivedSlackMessage[];
  /** How often each answer was given. */
  answers: Record<number, number>;
  /** The next requests get these instead: a status with headers, a body, or `stall` for no answer at all. */
  script: (number | "stall" | { status: number; headers?: Record<string, string>; body?: string })[];
  /** Resolves once this many messages were accepted. */
  waitForMessages(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Test support: a real server that holds to the documented limits of Slack's incoming webhooks. `clock` decides what a second is. */
export async function startSlackStandIn(clock: () => number = Date.now): Promise<SlackStandIn> {
  const messages: ReceivedSlackMessage[] = [];
  const answers: Record<number, number> = {};
  const script: SlackStandIn["script"] = [];
  const waiting = new Set<() => void>();
  let lastAcceptedAt = Number.NEGATIVE_INFINITY;

  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const planned = script.shift();
      if (planned === "stall") return;
      if (planned !== undefined) {
        const {
          status,
          headers = {},
          body: text = "planned",
        } = typeof planned === "number" ? { status: planned } : planned;
        reply(response, status, text, headers);
        return;
      }
      const problem = checkMessage(request, body);
      if (problem !== undefined) return reply(response, 400, problem);
      const now = clock();
      if (now - lastAcceptedAt < 1000) return reply(response, 429, "rate_limited", { "retry-after": "1" });
      lastAcceptedAt = now;
      messages.push(JSON.parse(body) as ReceivedSlackMessage);
      reply(response, 200, "ok");
      for (const wake of waiting) wake();
    });
  });
  const reply = (response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}) => {
    answers[status] = (answers[status] ?? 0) + 1;
    response.writeHead(status, { "content-type": "text/plain", ...headers }).end(text);
  };

  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0/B0/stand-in`,
    messages,
    answers,
    script,
    waitForMessages: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (messages.length < count) return;
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

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Slack's own word for what is wrong; undefined when it would take the message. */
function checkMessage(request: IncomingMessage, body: string): string | undefined {
  if (request.method !== "POST") return "invalid_method";
  let message: Partial<ReceivedSlackMessage>;
  try {
    message = JSON.parse(body) as Partial<ReceivedSlackMessage>;
  } catch {
    return "invalid_payload";
  }
  if (typeof message.text !== "string" || message.text === "") return "no_text";
  const { blocks = [] } = message;
  if (blocks.length > 50 || blocks.some((block) => !isValidBlock(block))) return "invalid_blocks";
  if (JSON.stringify(blocks).length > 13_200) return "msg_blocks_too_long";
  return undefined;
}

function isValidBlock(block: Block): boolean {
  const text = block.text?.text;
  const isText = typeof text === "string" && text.length > 0;
  switch (block.type) {
    case "header":
      return isText && text.length <= 150;
    case "section":
      return (isText && text.length <= 3000) || "fields" in block;
    case "context":
    case "actions":
      return "elements" in block && Array.isArray(block.elements) && block.elements.length > 0;
    default:
      return false;
  }
}
