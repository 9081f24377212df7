import type { ErrorEvent, NativeBatch, Resource, StackFrame } from "@gatewatch/protocol";
import { createRedactor } from "@gatewatch/protocol/redact/create-redactor";
import { formatUuid, makeUuidV7 } from "@gatewatch/protocol/uuid-v7";
import { parseStack } from "./record/parse-stack.ts";
import { VERSION } from "./version.ts";

/** The few settings that hold where there is no file system, no process and no socket; each has the name that it has everywhere. */
export interface EdgeOptions {
  /** @default GATEWATCH_URL */
  url?: string;
  /** @default GATEWATCH_TOKEN */
  token?: string;
  /** @default GATEWATCH_SERVICE */
  service?: string;
  /** @default GATEWATCH_ENVIRONMENT, else NODE_ENV */
  environment?: string;
  /** @default GATEWATCH_RELEASE */
  release?: string;
}

export interface EdgeFacts {
  method?: string | undefined;
  /** The target with its query. */
  url?: string | undefined;
  route?: string | undefined;
  attributes?: Readonly<Record<string, string>>;
}

/** Records errors in runtimes that know the web's interfaces only. */
export interface EdgeReporter {
  /** Sends the error once, however often it is told. Resolves when it has been delivered, or has not; never rejects. */
  report(error: unknown, facts: EdgeFacts): Promise<void>;
  stats(): { sent: number; dropped: number };
}

const MAX_IN_FLIGHT = 10;
const TIMEOUT_MS = 5_000;
const MAX_TEXT = 8_192;
const MAX_FRAMES = 50;
const MAX_CAUSES = 5;

export function createEdgeReporter(given: EdgeOptions = {}): EdgeReporter {
  const options = { ...readEnvironment(), ...given };
  const redactor = createRedactor();
  const seen = new WeakSet<object>();
  const stats = { sent: 0, dropped: 0 };
  let inFlight = 0;

  function describe(error: unknown, facts: EdgeFacts): ErrorEvent {
    const { method, url, route, attributes } = facts;
    const event: ErrorEvent = {
      type: "error",
      id: crypto.randomUUID(),
      time: Date.now(),
      level: "error",
      handled: true,
      mechanism: "next",
      exceptions: chainOf(error).map((one, index) => {
        const message = redactor.redactText(messageOf(one));
        const { code, stack = "", name } = (one ?? {}) as { code?: unknown; stack?: string; name?: string };
        return {
          type: typeof name === "string" ? redactor.redactText(name) : typeof one,
          message,
          ...(typeof code === "string" ? { code: redactor.redactText(code) } : {}),
          frames: readFrames(String(stack), messageOf(one)),
          ...(index === 0 ? {} : { parent: index - 1, relation: "cause" as const }),
        };
      }),
    };
    if (method !== undefined && url !== undefined) {
      event.request = { method, url: redactor.redactUrl(url), headers: {}, query: {} };
      if (route !== undefined) event.request.route = route;
    }
    if (attributes !== undefined) event.attributes = { ...attributes };
    return event;
  }

  return {
    async report(error, facts) {
      try {
        if (typeof error === "object" && error !== null) {
          if (seen.has(error)) return;
          seen.add(error);
        }
        if (options.url === undefined || inFlight >= MAX_IN_FLIGHT) {
          stats.dropped++;
          return;
        }
        inFlight++;
        try {
          await send(options.url, options.token, makeBatch(describe(error, facts), options));
          stats.sent++;
        } finally {
          inFlight--;
        }
      } catch {
        stats.dropped++;
      }
    },
    stats: () => ({ ...stats }),
  };
}

function readEnvironment(): EdgeOptions {
  // Each by its whole name: bundlers replace `process.env.X`, and some runtimes know no `process`.
  if (typeof process === "undefined") return {};
  const found = {
    url: process.env.GATEWATCH_URL,
    token: process.env.GATEWATCH_TOKEN,
    service: process.env.GATEWATCH_SERVICE,
    environment: process.env.GATEWATCH_ENVIRONMENT ?? process.env.NODE_ENV,
    release: process.env.GATEWATCH_RELEASE,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined && value !== ""));
}

function makeBatch(event: ErrorEvent, { service, environment, release }: EdgeOptions): NativeBatch {
  const resource: Resource = { runtime: "edge", sdk: { name: "gatewatch", version: VERSION } };
  if (service !== undefined) resource.service = service;
  if (environment !== undefined) resource.environment = environment;
  if (release !== undefined) resource.release = release;
  const random = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  return { batch: formatUuid(makeUuidV7(random, now)), sentAt: now, resource, events: [event] };
}

async function send(url: string, token: string | undefined, batch: NativeBatch): Promise<void> {
  const answer = await fetch(`${url.replace(/\/+$/, "")}/v1/events`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(batch),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
}

/** The error and its causes. */
function chainOf(error: unknown): unknown[] {
  const chain = [error];
  while (chain.length < MAX_CAUSES) {
    const last = chain.at(-1);
    const cause: unknown = typeof last === "object" && last !== null ? Reflect.get(last, "cause") : undefined;
    if (cause === undefined || cause === null || chain.includes(cause)) break;
    chain.push(cause);
  }
  return chain;
}

function messageOf(error: unknown): string {
  const message: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "message") : error;
  return String(message).slice(0, MAX_TEXT);
}

function readFrames(stack: string, message: string): StackFrame[] {
  return parseStack(stack, message)
    .slice(0, MAX_FRAMES)
    .map(({ function: name, location, line, column }) => ({
      file: location.slice(0, 500),
      ...(name === undefined ? {} : { function: name.slice(0, 200) }),
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      inApp: !location.startsWith("node:") && !location.includes("node_modules"),
    }));
}
