import type { Attributes } from "@gatewatch/protocol";
import type { Clock } from "../../gate/clock.ts";
import type { EarlyReply, Exchange } from "../../gate/exchange.ts";
import type { Recorder } from "../../record/recorder.ts";
import { essenceOf } from "../essence-of.ts";
import { tryParseCspReports } from "./parse-csp-reports.ts";
import { readSmallBody, type SmallBody } from "./read-small-body.ts";

export interface CspReportSettings {
  reportsPerMinute: number;
  recorder: Pick<Recorder, "recordFact">;
  clock: Clock;
}

const MAX_BODY_BYTES = 65_536;
/** Below the time at which the gate complains about a slow hook. */
const DEADLINE_MS = 900;
const MINUTE_MS = 60_000;
const MAX_KNOWN_REPORTS = 1000;
const MAX_OPEN_BODIES = 64;
const TYPES = new Set(["application/csp-report", "application/reports+json", "application/json"]);
const STATUS: Record<Extract<SmallBody, { refused: string }>["refused"], number> = {
  too_large: 413,
  too_slow: 408,
  unreadable: 400,
};

/** Browsers' reports about policies: strangers write them, so bodies, events and memory are bounded. */
export class CspReports {
  readonly counts = { reports: 0, reportsRepeated: 0, reportsDropped: 0, reportsRefused: 0 };
  readonly #settings: CspReportSettings;
  /** Reports of this minute. */
  readonly #known = new Set<string>();
  #minute = Number.NEGATIVE_INFINITY;
  #said = 0;
  #open = 0;

  constructor(settings: CspReportSettings) {
    this.#settings = settings;
  }

  async take(x: Exchange): Promise<EarlyReply> {
    const type = essenceOf(x.headers.get("content-type") ?? "");
    if (!TYPES.has(type)) return this.#refuse(415);
    if (this.#open >= MAX_OPEN_BODIES) return this.#refuse(503);
    this.#open++;
    const body = await readSmallBody(x, { maxBytes: MAX_BODY_BYTES, deadlineMs: DEADLINE_MS });
    this.#open--;
    if ("refused" in body) return this.#refuse(STATUS[body.refused]);
    const reports = tryParseCspReports(body.text);
    if (reports === undefined) return this.#refuse(400);
    for (const report of reports) this.#tell(report, x);
    return { status: 204, headers: {}, body: "" };
  }

  #refuse(status: number): EarlyReply {
    this.counts.reportsRefused++;
    return { status, headers: {}, body: "" };
  }

  #tell(attributes: Attributes, x: Exchange): void {
    const minute = Math.floor(this.#settings.clock.monotonicMs() / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#said = 0;
      this.#known.clear();
    }
    const { document, blocked, directive, disposition, source, line } = attributes;
    const key = JSON.stringify([document, blocked, directive, disposition, source, line]);
    if (this.#known.has(key)) {
      this.counts.reportsRepeated++;
      return;
    }
    if (this.#said >= this.#settings.reportsPerMinute) {
      this.counts.reportsDropped++;
      return;
    }
    this.#said++;
    this.counts.reports++;
    if (this.#known.size < MAX_KNOWN_REPORTS) this.#known.add(key);
    this.#settings.recorder.recordFact({ type: "custom", name: "csp_violation", attributes }, x);
  }
}
