import type { Detector } from "./index.ts";

/** One detector for each stream. */
export interface DetectorPool {
  /** The stream's detector; a new one when there is none, and then the one that was asked for longest ago may be forgotten. */
  of(stream: string): Detector;
  readonly size: number;
  readonly forgotten: number;
}

/** Keeps at most `maxStreams` detectors. */
export function createDetectorPool(create: () => Detector, maxStreams = 100): DetectorPool {
  const detectors = new Map<string, Detector>();
  let newest: string | undefined;
  let forgotten = 0;
  return {
    of(stream) {
      const known = detectors.get(stream);
      if (known !== undefined) {
        if (stream !== newest) {
          detectors.delete(stream);
          detectors.set(stream, known);
          newest = stream;
        }
        return known;
      }
      const detector = create();
      if (detectors.size >= maxStreams) {
        const [oldest] = detectors.keys();
        if (oldest !== undefined && detectors.delete(oldest)) forgotten++;
      }
      detectors.set(stream, detector);
      newest = stream;
      return detector;
    },
    get size() {
      return detectors.size;
    },
    get forgotten() {
      return forgotten;
    },
  };
}
