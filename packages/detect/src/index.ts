export { boundEvent } from "./events/bound-event.ts";
export type * from "./ports.ts";
export { PROFILE_LEVELS } from "./ports.ts";
export { createSeriesDetector, restoreSeriesDetector, type SeriesOptions } from "./series/create-series-detector.ts";
export {
  createEventDetector,
  type EventDetectorOptions,
  restoreEventDetector,
} from "./events/create-event-detector.ts";
export { type LoggedEvent, MAX_LOGGED_CHARACTERS, MAX_LOGGED_EVENTS, writeEventLog } from "./events/event-log.ts";
