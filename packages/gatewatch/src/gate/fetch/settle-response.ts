import { PlannedBody } from "../planned-body.ts";
import { BodySource } from "./body-source.ts";
import { CarriedBody } from "./carried-body.ts";
import { EncodedBody } from "./encoded-body.ts";
import { encodeText, lengthOfText } from "./encode-text.ts";
import type { FetchExchange } from "./fetch-exchange.ts";
import { fillBunType } from "./fill-bun-type.ts";
import { type LightBody, peekLightBody } from "./peek-light-body.ts";
import { tellChunk, tellEnd } from "./stream-fate.ts";

const BODYLESS_STATUS = new Set([101, 204, 205, 304]);

type WholeBody = string | Uint8Array | null;

/** Shows the head of the app's answer to the layers, carries out what they plan for its body, and returns what the server gets. Never throws. */
export function settleResponse(x: FetchExchange, result: Response): Response | Promise<Response>;
export function settleResponse(x: FetchExchange, result: unknown): unknown;
export function settleResponse(x: FetchExchange, result: unknown): unknown {
  if (x.finished) return result;
  if (!isResponse(result)) {
    // Nothing to answer with: Bun's way to say that the connection has been upgraded.
    endUnanswered(x, x.headers.get("upgrade") === undefined ? 500 : 101);
    return result;
  }
  try {
    return settle(x, result);
  } catch (error) {
    return giveUp(x, result, error);
  }
}

/** The exchange ends with an answer that is not made here; where the platform tells its real status, that one counts. */
export function endUnanswered(x: FetchExchange, status: number): void {
  if (x.finished) return;
  x.response.settle(status);
  handOver(x);
}

function isResponse(value: unknown): value is Response {
  return typeof value === "object" && value !== null && "headers" in value && "status" in value;
}

function giveUp(x: FetchExchange, response: Response, error: unknown): Response {
  x.gate.guard.failed("gate", "settle", error);
  handOver(x);
  return response;
}

function settle(x: FetchExchange, response: Response): Response | Promise<Response> {
  const head = x.response;
  const plan = new PlannedBody();
  const light = peekLightBody(response);
  head.attach(response, light);
  if (x.gate.hasHeadSteps || x.mounted !== undefined) x.gate.runHead(x, head, plan);
  if (plan.substitution !== undefined) return substitute(x, response, light, plan, plan.substitution);
  if (x.method === "HEAD" || BODYLESS_STATUS.has(head.status)) {
    handOver(x);
    if (!head.isChanged || response.status === 101) return response;
    if (x.method === "HEAD" && !BODYLESS_STATUS.has(head.status)) return rebuild(x, response, light, response.body);
    dropBody(response, light);
    return rebuild(x, response, light, null);
  }
  if (light !== undefined && !(light[1] instanceof Blob)) {
    const body = light[1];
    if (!(body instanceof ReadableStream)) return carryWhole(x, response, light, plan, body, false);
    const source = new BodySource(x, body);
    return plan.hasDecisions
      ? readStart(x, response, light, plan, source)
      : carryStream(x, response, light, plan, source);
  }
  const { body } = response;
  if (body === null) return carryWhole(x, response, undefined, plan, null, false);
  return readStart(x, response, undefined, plan, new BodySource(x, body));
}

/** A layer's body in the place of the app's, which nobody will read. */
function substitute(
  x: FetchExchange,
  response: Response,
  light: LightBody | undefined,
  plan: PlannedBody,
  body: Uint8Array,
): Response {
  dropBody(response, light);
  fixLength(x, body.byteLength);
  if (x.method !== "HEAD" && !BODYLESS_STATUS.has(x.response.status)) {
    return carryWhole(x, response, light, plan, body, true);
  }
  handOver(x);
  return rebuild(x, response, light, null);
}

function dropBody(response: Response, light: LightBody | undefined): void {
  const body = light === undefined ? response.body : light[1];
  // What its source says to that is for nobody.
  if (body instanceof ReadableStream && !body.locked) body.cancel().catch(() => undefined);
}

async function readStart(
  x: FetchExchange,
  response: Response,
  light: LightBody | undefined,
  plan: PlannedBody,
  source: BodySource,
): Promise<Response> {
  const whole = await source.tryReadWhole();
  if (whole !== undefined && light === undefined) fillBunType(x.response, whole);
  if (x.finished) return rebuild(x, response, light, whole ?? toStream(x, source, plan));
  return whole === undefined || whole.byteLength < promisedBytes(x)
    ? carryStream(x, response, light, plan, source)
    : carryWhole(x, response, light, plan, whole, true);
}

function carryWhole(
  x: FetchExchange,
  response: Response,
  light: LightBody | undefined,
  plan: PlannedBody,
  body: WholeBody,
  isRead: boolean,
): Response {
  const head = x.response;
  if (typeof body === "string" ? plan.concerns(body) : plan.hasDecisions) x.gate.runBody(x, plan, toBytes(body), head);
  if (!plan.hasWork) {
    x.responseBytes = lengthOf(body);
    handOver(x);
    if (!isRead && !head.isChanged) return response;
    // What came as a stream and was looked into leaves as a stream: the server would give it a length otherwise.
    return rebuild(x, response, light, isRead && light !== undefined ? streamOf(toBytes(body)) : body);
  }
  if (plan.openEncoder !== undefined) {
    const bytes = plan.whole ?? toBytes(body);
    fixLength(x, bytes.byteLength);
    return carryStream(x, response, light, plan, new BodySource(x, streamOf(bytes)));
  }
  const whole = plan.whole ?? toBytes(body);
  const out = plan.encoded ?? whole;
  if (plan.encoded !== undefined || plan.isReplaced) fixLength(x, out.byteLength);
  if (plan.observers.length > 0) {
    if (whole.byteLength > 0) tellChunk(x, plan.observers, whole);
    tellEnd(x, plan.observers, true);
  }
  x.responseBytes = out.byteLength;
  handOver(x);
  if (out === whole && !plan.isReplaced && !isRead && !head.isChanged) return response;
  return rebuild(x, response, light, out);
}

function carryStream(
  x: FetchExchange,
  response: Response,
  light: LightBody | undefined,
  plan: PlannedBody,
  source: BodySource,
): Response {
  if (plan.hasDecisions) x.gate.runBody(x, plan, undefined, x.response);
  const promised = promisedBytes(x);
  if (plan.openEncoder !== undefined) x.response.remove("content-length");
  x.response.sent = true;
  x.isStreaming = true;
  return rebuild(x, response, light, toStream(x, source, plan, promised));
}

/** What the head says of the body's length; 0 where it says nothing. */
function promisedBytes({ response: head }: FetchExchange): number {
  const length = Number(head.get("content-length"));
  return Number.isSafeInteger(length) ? length : 0;
}

/** Nothing is read before the server asks; with an encoder one piece ahead. */
function toStream(x: FetchExchange, source: BodySource, plan: PlannedBody, promised = 0): ReadableStream<Uint8Array> {
  const { openEncoder, observers } = plan;
  if (openEncoder === undefined) return new ReadableStream(new CarriedBody(x, source, observers), { highWaterMark: 0 });
  return new ReadableStream(new EncodedBody(x, source, observers, openEncoder, promised), { highWaterMark: 1 });
}

/** Whole bodies are gone once they are handed to the server; a platform that tells the end itself knows better. */
function handOver(x: FetchExchange): void {
  x.response.sent = true;
  const { outgoing, completed } = x.platform;
  if (outgoing === undefined && completed === undefined) x.finish(false);
}

/** A response of the same kind, with the exchange's head and another body. */
function rebuild(
  x: FetchExchange,
  response: Response,
  light: LightBody | undefined,
  body: WholeBody | ReadableStream<Uint8Array>,
): Response {
  const { response: head } = x;
  const { status } = head;
  const content = BODYLESS_STATUS.has(status) ? null : (body as ConstructorParameters<typeof Response>[0]);
  const headers = head.toInit();
  const init = headers === undefined ? { status } : { status, headers };
  try {
    const Kind = response.constructor as typeof Response;
    if (light !== undefined) return new Kind(content, init);
    return new Kind(content, { ...init, statusText: status === response.status ? response.statusText : "" });
  } catch (error) {
    // A class of the app's own, or a status that cannot be: the app's answer must get through.
    x.gate.guard.failed("gate", "rebuild", error);
    return new Response(BODYLESS_STATUS.has(response.status) ? null : content, { ...init, status: response.status });
  }
}

function fixLength({ response: head }: FetchExchange, bytes: number): void {
  if (head.has("content-length")) head.set("content-length", String(bytes));
}

function toBytes(body: WholeBody): Uint8Array {
  if (body === null) return new Uint8Array(0);
  return typeof body === "string" ? encodeText(body) : body;
}

function lengthOf(body: WholeBody): number {
  if (body === null) return 0;
  return typeof body === "string" ? lengthOfText(body) : body.byteLength;
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}
