import type { RejectedEvent } from "@gatewatch/protocol";

export type EventProblemCode = "unknown_type" | "invalid_event" | "too_old" | "event_too_large" | "too_deep";

/** Why one event is refused; the rest of its batch is kept. A class, so that no event's own fields can pass for one. */
export class EventProblem {
  readonly code: EventProblemCode;
  readonly message: string;
  constructor(code: EventProblemCode, message: string) {
    this.code = code;
    this.message = message;
  }

  toRejected(index: number): RejectedEvent {
    return { index, code: this.code, message: this.message };
  }
}

/** A field that is not what it should be; nothing of a long text is repeated. */
export function wrongField(name: string, value: unknown, expected: string): EventProblem {
  return new EventProblem("invalid_event", `${name} is ${describeValue(value)}; expected ${expected}`);
}

function describeValue(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (value === undefined) return "missing";
  if (typeof value === "string") return value.length === 0 ? "an empty text" : `a text of ${value.length} characters`;
  return Array.isArray(value) ? "a list" : "an object";
}
