import { WIRE_LIMITS, type ErrorEvent } from "@gatewatch/protocol";

/** Leaves room for what the address policy adds. */
const MAX_CHARACTERS = WIRE_LIMITS.maxErrorBytes / 3;

/** What is given up, in this order, when an event would be refused for its size. */
const SHEDS: readonly ((event: ErrorEvent) => void)[] = [
  (event) => delete event.breadcrumbs,
  (event) => delete event.custom,
  (event) => delete event.attributes,
  (event) => event.request !== undefined && delete event.request.body,
  (event) => event.exceptions.forEach((exception) => exception.frames.forEach((frame) => delete frame.context)),
  (event) => event.exceptions.splice(5),
];

/** Makes the event small enough for the wire. */
export function fitEvent(event: ErrorEvent): void {
  for (const shed of SHEDS) {
    if (JSON.stringify(event).length <= MAX_CHARACTERS) return;
    shed(event);
  }
}
