import type { DetectedAnomaly, DetectEvent, DetectResult } from "./detection.ts";
import { DetectError, isRecord } from "./detect-errors.ts";
import { nameError } from "./monitor-function.ts";

export interface WrapOpenAIOptions {
  streamId: string;
  onAnomaly?: (anomaly: DetectedAnomaly) => void;
  /** An anomalous call rejects with a `DetectError` whose code is `anomaly`; the answer then waits for the judgement. @default false */
  throwOnAnomaly?: boolean;
  /** Prompts and answers are part of the event. @default false */
  includeData?: boolean;
}

/** Functions whose calls become events, by their path in the client. */
const WATCHED = new Set(["chat.completions.create", "completions.create", "responses.create", "embeddings.create"]);
const HOLDERS = new Set(["chat", "chat.completions", "completions", "responses", "embeddings"]);
const MAX_DATA = 4_000;

type Check = (event: DetectEvent) => Promise<DetectResult>;

/** The same client; calls of models become events. Answers that are streamed are passed on untouched, and only their beginning is timed. */
export function wrapOpenAI<T extends object>(openai: T, options: Omit<WrapOpenAIOptions, "streamId">, check: Check): T {
  return wrapHolder(openai, "", options, check);
}

function wrapHolder<T extends object>(
  holder: T,
  path: string,
  options: Omit<WrapOpenAIOptions, "streamId">,
  check: Check,
): T {
  return new Proxy(holder, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof name !== "string") return value;
      const place = path === "" ? name : `${path}.${name}`;
      if (typeof value === "object" && value !== null && HOLDERS.has(place)) {
        return wrapHolder(value, place, options, check);
      }
      if (typeof value !== "function") return value;
      // Private fields of the client want their own `this`.
      const call = (...args: unknown[]): unknown => Reflect.apply(value, target, args);
      return WATCHED.has(place) ? (...args: unknown[]) => watchCall(call, args, place, options, check) : call;
    },
  });
}

function watchCall(
  call: (...args: unknown[]) => unknown,
  args: readonly unknown[],
  operation: string,
  { onAnomaly, throwOnAnomaly = false, includeData = false }: Omit<WrapOpenAIOptions, "streamId">,
  check: Check,
): unknown {
  const start = performance.now();
  const [request] = args;
  /** Nothing but the anomaly itself may come between the caller and the model's answer. */
  const judge = async (answer: unknown, error: string | null): Promise<void> => {
    let first: DetectedAnomaly | undefined;
    try {
      const result = await check(describeCall({ operation, request, answer, error, start, includeData }));
      [first] = result.anomalies;
      if (first === undefined) return;
      onAnomaly?.(first);
    } catch {
      // A prompt that is no JSON, or a listener that fails.
    }
    if (first === undefined) return;
    if (throwOnAnomaly && error === null) {
      throw new DetectError({ code: "anomaly", message: `This call is anomalous: ${first.why}`, details: first });
    }
  };
  const answering = call(...args);
  if (!isThenable(answering)) return answering;
  if (throwOnAnomaly) {
    return Promise.resolve(answering).then(async (answer) => {
      await judge(answer, null);
      return answer;
    });
  }
  // What the caller gets is the client's own promise, which has further methods.
  const ignore = (): void => undefined;
  Promise.resolve(answering)
    .then(
      (answer) => judge(answer, null),
      (error: unknown) => judge(undefined, nameError(error)),
    )
    .catch(ignore);
  return answering;
}

interface CallFacts {
  operation: string;
  request: unknown;
  answer: unknown;
  error: string | null;
  start: number;
  includeData: boolean;
}

function describeCall({ operation, request, answer, error, start, includeData }: CallFacts): DetectEvent {
  const asked = isRecord(request) ? request : {};
  const answered = isRecord(answer) ? answer : {};
  const usage = isRecord(answered["usage"]) ? answered["usage"] : {};
  const body: Record<string, unknown> = {
    provider: "openai",
    operation,
    model: asked["model"],
    latency_ms: performance.now() - start,
    streamed: asked["stream"] === true,
    ok: error === null,
    error,
    input_tokens: usage["prompt_tokens"] ?? usage["input_tokens"],
    output_tokens: usage["completion_tokens"] ?? usage["output_tokens"],
  };
  if (includeData) {
    body["input"] = cutData(asked["messages"] ?? asked["input"] ?? asked["prompt"]);
    body["output"] = cutData(answered["choices"] ?? answered["output"]);
  }
  return { timestamp: new Date().toISOString(), type: "llm", body };
}

function cutData(value: unknown): unknown {
  if (value === undefined) return undefined;
  return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, MAX_DATA);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
