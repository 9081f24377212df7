import {
  createEventDetector,
  createSeriesDetector,
  restoreEventDetector,
  restoreSeriesDetector,
} from "@gatewatch/detect";
import { tryReadEventLog } from "@gatewatch/detect/events/event-log";
import { FdrControl } from "@gatewatch/detect/calibration/fdr";
import { StateReader } from "@gatewatch/detect/snapshot/state-reader";
import { StateWriter } from "@gatewatch/detect/snapshot/state-writer";
import type { DetectorKit, DiscoveryBound } from "./detector-kit.ts";

const BOUND_KIND = "discovery-bound";
const BOUND_VERSION = 1;
/** About when the detectors begin to judge: what the screen shows beside "calibrating". */
const NEEDS = { series: 120, events: 350 };

/** The detectors of this project. */
export function openDetectorKit(): DetectorKit {
  return {
    needs: NEEDS,
    createSeries: createSeriesDetector,
    restoreSeries: restoreSeriesDetector,
    createEvents: createEventDetector,
    restoreEvents: restoreEventDetector,
    readLog(bytes) {
      const events = tryReadEventLog(bytes);
      if (events === undefined) throw new TypeError("These bytes are no log of events.");
      return events;
    },
    createBound: (target) => toBound(new FdrControl({ target })),
    restoreBound(state) {
      const reader = new StateReader(state, BOUND_KIND, [BOUND_VERSION]);
      const control = FdrControl.read(reader);
      reader.end();
      return toBound(control);
    },
  };
}

function toBound(control: FdrControl): DiscoveryBound {
  return {
    decide(pValue) {
      const { reject, level } = control.decide(pValue);
      return { isDiscovery: reject, level };
    },
    toBytes() {
      const writer = new StateWriter(BOUND_KIND, BOUND_VERSION);
      control.write(writer);
      return writer.finish();
    },
  };
}
