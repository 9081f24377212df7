import type { Exchange, Outcome } from "../gate/exchange.ts";
import type { Layer } from "../gate/layer.ts";
import type { AccessLogOptions } from "../options/groups/access-log.ts";
import type { Recorder } from "../record/recorder.ts";
import { compileLevels } from "../options/values/level-of-status.ts";
import type { LocalLog } from "./log/local-log.ts";
import { compileSkipped } from "../gate/path-table.ts";
import type { SlowLimits } from "../options/values/slow-limits.ts";

export interface AccessLogPorts {
  log: LocalLog;
  recorder: Recorder;
  slow: SlowLimits;
  /** In [0, 1). @default Math.random */
  random?: () => number;
}

/** What nginx logs for a client that went away before an answer began. */
const CLIENT_CLOSED_REQUEST = 499;

/** The local log, whether events are delivered or not. */
export function createAccessLogLayer(options: AccessLogOptions, ports: AccessLogPorts): Layer {
  const { log, recorder, slow, random = Math.random } = ports;
  const { requests, errors, sampleRate, slowOnly } = options;
  const tellsAnswers = options.responses ?? requests;
  const levelOf = compileLevels(options.levels);
  const skips = compileSkipped(options.skip);
  const counts = { lines: 0, left: 0 };
  const layer: Layer = { name: "access-log", stats: () => ({ ...counts }) };

  const isSkipped = (x: Exchange): boolean => skips !== undefined && skips(x.method, x.path);

  /** Slow and failed requests always have their line. */
  function isChosen(x: Exchange, outcome: Outcome): boolean {
    if (sampleRate >= 1 && !slowOnly) return true;
    if (outcome.status >= 500 || outcome.error !== undefined || outcome.errorId !== null) return true;
    if (outcome.durationMs >= slow.find(x.method, outcome.route, x.path)) return true;
    return !slowOnly && random() < sampleRate;
  }

  if (errors) layer.onError = (x, error, mechanism) => log.writeError(x, error, mechanism, recorder);
  if (requests && !tellsAnswers && !slowOnly) {
    layer.onRequest = (x) => {
      if (isSkipped(x) || (sampleRate < 1 && random() >= sampleRate)) counts.left++;
      else {
        counts.lines++;
        log.writeArrival(x);
      }
    };
  }
  if (tellsAnswers) {
    layer.onFinish = (x, outcome) => {
      const { status, aborted } = outcome;
      const level = levelOf(status === 0 ? CLIENT_CLOSED_REQUEST : status, aborted);
      if (level === undefined || isSkipped(x) || !isChosen(x, outcome)) counts.left++;
      else {
        counts.lines++;
        if (requests) log.writeRequest(x, outcome, level);
        else log.writeAnswer(x, outcome, level);
      }
    };
  }
  return layer;
}
