import type { Layer } from "../gate/layer.ts";
import type { RecordOptions } from "../options/options.ts";
import type { Recorder } from "../record/recorder.ts";

/** Hands exchanges and their errors to the recorder; innermost, so that the layers outside find the error's id. */
export function createRecordLayer({ requests }: Pick<RecordOptions, "requests">, recorder: Recorder): Layer {
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
