import type { Layer } from "../gate/layer.ts";
import type { Recorder } from "../record/recorder.ts";

export interface RecordOptions {
  /** Whether finished exchanges become request events. */
  requests: boolean;
}

/** Hands exchanges and their errors to the recorder; innermost, so that the layers outside find the error's id. */
export function createRecordLayer({ requests }: RecordOptions, recorder: Recorder): Layer {
  return {
    name: "record",
    onError(x, error, mechanism) {
      const id = recorder.recordError(error, mechanism, x);
      x.errorId ??= id;
    },
    onFinish(x, outcome) {
      recorder.finishErrors(x, outcome);
      if (requests) recorder.recordRequest(x, outcome);
    },
  };
}
