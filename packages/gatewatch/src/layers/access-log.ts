import type { Layer } from "../gate/layer.ts";
import type { LocalLog } from "./log/local-log.ts";
import type { Recorder } from "../record/recorder.ts";

export interface AccessLogLayerOptions {
  /** One line per finished request. */
  requests: boolean;
  /** One line per exception, at the moment it is seen: a process that dies of it has said so. */
  errors: boolean;
}

/** The local log, whether events are delivered or not. */
export function createAccessLogLayer(
  { requests, errors }: AccessLogLayerOptions,
  log: LocalLog,
  recorder: Recorder,
): Layer {
  const layer: Layer = { name: "access-log" };
  if (errors) layer.onError = (x, error, mechanism) => log.writeError(x, error, mechanism, recorder);
  if (requests) layer.onFinish = (x, outcome) => log.writeRequest(x, outcome);
  return layer;
}
