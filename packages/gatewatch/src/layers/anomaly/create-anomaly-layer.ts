import type { DetectableEvent } from "@gatewatch/detect";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { catchLater } from "../../gate/catch-later.ts";
import type { Clock } from "../../gate/clock.ts";
import type { EarlyReply, Exchange, Outcome } from "../../gate/exchange.ts";
import type { Layer } from "../../gate/layer.ts";
import type { WriteNotice } from "../../gate/notices.ts";
import { compileSkipped } from "../../gate/path-table.ts";
import { createSlot } from "../../gate/slot.ts";
import type { AnomalyOptions, RequestAnomaly } from "../../options/groups/anomaly.ts";
import type { Recorder } from "../../record/recorder.ts";
import type { UserView } from "../../record/view-user.ts";
import { describeExchange, describeRequest } from "./describe-request.ts";
import { type EventAnomaly, toAnomaly } from "./detect-events.ts";
import type { EventStreams } from "./event-streams.ts";
import type { RemoteJudge } from "./remote-judge.ts";

export interface AnomalyPorts {
  streams: EventStreams;
  recorder: Pick<Recorder, "recordFact">;
  redactor: Redactor;
  viewUser: UserView;
  /** A pseudonym of an address that is the same in all processes of the app. */
  viewSender(address: string): string;
  clock: Clock;
  notice: WriteNotice;
  /** Stream of requests where the options name none. */
  stream: string;
  remote?: RemoteJudge | undefined;
  /** In [0, 1). @default Math.random */
  random?: () => number;
}

/** What is kept of a request that was judged before the handler. */
interface Judged {
  event: DetectableEvent;
  isBlocked: boolean;
}

/** Lines and events about anomalies in a second; beyond it they are only counted. */
const MAX_TOLD_PER_SECOND = 10;

/** Of the layers of the app and of its route, the innermost judges. */
const finished = createSlot<true>("anomaly-finished");

/** Judges requests by themselves before the handler, and finished exchanges by all that is known. Whatever fails here lets requests pass. */
export function createAnomalyLayer(options: AnomalyOptions, ports: AnomalyPorts): Layer {
  return new AnomalyGate(options, ports).layer;
}

class AnomalyGate {
  readonly layer: Layer;
  readonly #options: Pick<AnomalyOptions, "block" | "sampleRate" | "onAnomaly" | "background" | "deadlineMs">;
  readonly #skips: ReturnType<typeof compileSkipped>;
  readonly #ports: AnomalyPorts;
  readonly #stream: string;
  readonly #requestStream: string;
  readonly #judged = createSlot<Judged>("anomaly");
  readonly #skipped = createSlot<boolean>("anomaly-skipped");
  readonly #counts = {
    judged: 0,
    calibrating: 0,
    anomalies: 0,
    blocked: 0,
    wouldBlock: 0,
    unavailable: 0,
    untold: 0,
    hookFailures: 0,
  };
  #second = 0;
  #told = 0;

  constructor(options: AnomalyOptions, ports: AnomalyPorts) {
    const { block, skip, sampleRate, onAnomaly, background, deadlineMs } = options;
    this.#options = { block, sampleRate, onAnomaly, background, deadlineMs };
    this.#skips = compileSkipped(skip);
    this.#ports = ports;
    this.#stream = options.stream ?? ports.stream;
    this.#requestStream = `${this.#stream} (requests)`;
    const { remote, streams } = ports;
    remote?.listen(this.#stream, (anomaly) => this.#tell(anomaly, "server", false, undefined));
    if (remote?.isShared === true) {
      streams.keepUntold(this.#stream);
      if (!background) streams.keepUntold(this.#requestStream);
    }
    // Opened now: what other processes know is here before the first requests are.
    streams.of(this.#stream);
    if (block !== false) streams.of(this.#requestStream);
    const layer: Layer = {
      name: "anomaly",
      onFinish: (x, outcome) => this.#finish(x, outcome),
      stats: () => ({
        ...this.#counts,
        blocking: block === true ? 1 : 0,
        shadow: block === "shadow" ? 1 : 0,
        ...streams.stats(),
        ...(remote === undefined ? {} : prefix(remote.stats())),
      }),
    };
    if (block !== false) layer.onRequest = (x) => this.#judgeRequest(x);
    if (remote !== undefined) layer.close = () => remote.close();
    this.layer = layer;
  }

  #isSkipped(x: Exchange): boolean {
    let isSkipped = this.#skipped.get(x);
    if (isSkipped === undefined) {
      const { sampleRate } = this.#options;
      const { random = Math.random } = this.#ports;
      isSkipped = this.#skips?.(x.method, x.path) === true || (sampleRate < 1 && random() >= sampleRate);
      this.#skipped.set(x, isSkipped);
    }
    return isSkipped;
  }

  #judgeRequest(x: Exchange): void | EarlyReply | Promise<void | EarlyReply> {
    if (this.#isSkipped(x)) return;
    const { streams, clock, remote, redactor } = this.#ports;
    const event = redactor.redactValue(describeRequest(x, redactor.redactUrl(x.path)));
    const judged: Judged = { event, isBlocked: false };
    this.#judged.set(x, judged);
    const verdict = streams.of(this.#requestStream).judge(this.#withSender(x, event), clock.now());
    if (verdict.block === true) return this.#refuse(x, judged, toAnomaly(verdict, event), "request");
    if (verdict.isAnomaly) this.#tell(toAnomaly(verdict, event), "request", false, x);
    if (remote !== undefined && !this.#options.background) return this.#askServer(x, judged, remote);
  }

  async #askServer(x: Exchange, judged: Judged, remote: RemoteJudge): Promise<void | EarlyReply> {
    const event = withTime(x, judged.event);
    const { status, anomalies } = await remote.judge(this.#requestStream, event, this.#options.deadlineMs);
    if (status === "unavailable") this.#counts.unavailable++;
    // One event was sent: whatever is said of another one is nonsense, for which nobody is refused.
    const found = anomalies.find(({ index }) => index === 0);
    if (found?.block === true) return this.#refuse(x, judged, found, "server");
    if (found !== undefined) this.#tell(found, "server", false, x);
  }

  #refuse(x: Exchange, judged: Judged, anomaly: EventAnomaly, phase: RequestAnomaly["phase"]): void | EarlyReply {
    const isBlocked = this.#options.block === true;
    if (isBlocked) this.#counts.blocked++;
    else this.#counts.wouldBlock++;
    judged.isBlocked = isBlocked;
    this.#tell(anomaly, phase, isBlocked, x);
    return isBlocked ? refuseAnomaly(x.requestId) : undefined;
  }

  #finish(x: Exchange, outcome: Outcome): void {
    const judged = this.#judged.get(x);
    // What was refused must not become what is usual.
    if (finished.get(x) === true || judged?.isBlocked === true || this.#isSkipped(x)) return;
    finished.set(x, true);
    const { streams, clock, remote, redactor, viewUser } = this.#ports;
    const now = clock.now();
    if (judged !== undefined) streams.of(this.#requestStream).learn(this.#withSender(x, judged.event), now);
    const seen = { path: redactor.redactUrl(x.path), userId: viewUser(x.user())?.id };
    const event = redactor.redactValue(describeExchange(x, outcome, seen));
    const verdict = streams.of(this.#stream).observe(this.#withSender(x, event), now);
    this.#counts.judged++;
    if (verdict.state === "calibrating") this.#counts.calibrating++;
    if (verdict.isAnomaly) this.#tell(toAnomaly(verdict, event), "event", false, x);
    remote?.push(this.#stream, withTime(x, event));
  }

  #tell(anomaly: EventAnomaly, phase: RequestAnomaly["phase"], blocked: boolean, x: Exchange | undefined): void {
    this.#counts.anomalies++;
    const { onAnomaly } = this.#options;
    const { pValue, why, findings, event, block } = anomaly;
    if (onAnomaly !== null) {
      const told: RequestAnomaly = { stream: this.#stream, pValue, why, findings, phase, block, blocked, event };
      try {
        catchLater(onAnomaly(told, x), () => void this.#counts.hookFailures++);
      } catch {
        this.#counts.hookFailures++;
      }
    }
    if (!this.#mayTell()) return void this.#counts.untold++;
    const place = x === undefined ? this.#stream : `${x.method} ${x.route() ?? x.path.slice(0, 200)}`;
    const { redactor, recorder, notice } = this.#ports;
    const attributes = { stream: this.#stream, p_value: pValue, why: redactor.redactText(why), phase, blocked };
    recorder.recordFact({ type: "custom", name: "anomaly", attributes }, x);
    if (onAnomaly !== null) return;
    const message = `${blocked ? "an anomalous request was refused" : "an anomaly"}: ${place}: ${why}`;
    notice({ level: "warn", code: "anomaly", message });
  }

  /** What one address sends again and again must not become usual: detectors know it by a pseudonym, and nobody else is told. */
  #withSender({ clientAddress }: Exchange, event: DetectableEvent): DetectableEvent {
    return clientAddress === undefined ? event : { ...event, client_address: this.#ports.viewSender(clientAddress) };
  }

  #mayTell(): boolean {
    const second = Math.floor(this.#ports.clock.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#told = 0;
    }
    return this.#told++ < MAX_TOLD_PER_SECOND;
  }
}

function withTime(x: Exchange, event: DetectableEvent): DetectableEvent {
  return { timestamp: new Date(x.startedAt).toISOString(), ...event };
}

/** Says nothing of what was odd: whoever probes would learn from it. */
function refuseAnomaly(requestId: string): EarlyReply {
  const error = { code: "anomalous_request", message: "This request was refused.", request_id: requestId };
  return {
    status: 403,
    headers: { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" },
    body: JSON.stringify({ error }),
  };
}

function prefix({ waiting, sent, dropped }: ReturnType<RemoteJudge["stats"]>): Record<string, number> {
  return { remoteWaiting: waiting, remoteSent: sent, remoteDropped: dropped };
}
